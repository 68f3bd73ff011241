import { assert, assertEquals } from "@std/assert/mod.js";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { browserTest } from "../browser/browser_case.ts";
import { openBrowser } from "../browser/open_browser.ts";
import { tableOf } from "./table_of.ts";
import { oddTable, written } from "./report_html_scene.ts";

/** Opens a page of odd names in Chromium, and sees to it that nothing is complained of or asked for. */
async function inChromium(
  options: Parameters<Browser["newPage"]>[0],
  check: (page: Page) => Promise<void>,
  table = oddTable(),
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".html" });
  await Deno.writeTextFile(path, await written(table, { top: 20 }));
  const browser = await openBrowser();
  try {
    const page = await browser.newPage(options);
    const troubles: string[] = [], requests: string[] = [];
    page.on("console", (message) => troubles.push(message.text()));
    page.on("pageerror", (error) => troubles.push(error.message));
    page.on("dialog", (dialog) => troubles.push(dialog.message()));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(`file://${path}`);
    await check(page);
    assertEquals(troubles, []);
    assertEquals(requests.filter((url) => !url.startsWith("data:")), [`file://${path}`]);
  } finally {
    await browser.close();
    await Deno.remove(path);
  }
}

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 360]) {
    browserTest(
      `reportHtml() is accessible, ${colorScheme}, at ${width} px`,
      () =>
        inChromium({ colorScheme, viewport: { width, height: 800 } }, async (page) => {
          await page.evaluate(axe.source);
          const found = await page.evaluate("axe.run()") as axe.AxeResults;
          assertEquals(
            found.violations.map(({ id, nodes }) => [id, nodes[0]!.html, nodes[0]!.failureSummary]),
            [],
          );
          // The page itself does not scroll sideways; the table does.
          assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
        }),
    );
  }
}

browserTest(
  "reportHtml() sorts by keyboard",
  () =>
    inChromium({ viewport: { width: 1280, height: 800 } }, async (page) => {
      const column = (i: number) => page.locator(`#groups tbody tr > :nth-child(${i})`).allTextContents();
      const sorted = () =>
        page.locator("#groups thead [aria-sort]").evaluateAll((heads) =>
          heads.map((head) => `${head.textContent} ${head.getAttribute("aria-sort")}`)
        );
      const reportOrder = await column(1);
      assertEquals(await sorted(), ["Records descending"]);

      await page.keyboard.press("Tab"); // the table, to scroll it
      for (const _ of ["company", "city", "records", "average"]) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      assertEquals(await sorted(), ["Average descending"]);
      const down = (await column(4)).map(Number);
      assertEquals(down, down.toSorted((a, b) => b - a));
      assertEquals(await page.locator("#said").textContent(), "Sorted by average level, descending");

      await page.keyboard.press("Space");
      assertEquals(await sorted(), ["Average ascending"]);
      assertEquals((await column(4)).map(Number), down.toReversed());

      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      assertEquals(await sorted(), ["Records descending"]);
      assertEquals(await column(1), reportOrder);

      await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      assertEquals(await sorted(), ["city ascending"]);
      const cities = await column(2);
      assertEquals(cities, cities.toSorted());
      assertEquals(await page.locator("#groups tfoot tr th").allTextContents(), [
        "all others (7)",
        "all records",
      ]);
    }),
);

browserTest(
  "reportHtml() is complete without script",
  () =>
    inChromium({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } }, async (page) => {
      assertEquals(await page.locator("#groups tbody tr").count(), 20);
      assertEquals(await page.locator("button").count(), 0);
      assertEquals(await page.locator("#hint").isVisible(), false);
      assertEquals(await page.locator("svg[role=img]").first().isVisible(), true);
    }),
);

browserTest(
  "reportHtml() fits on paper",
  () =>
    inChromium({ viewport: { width: 690, height: 1000 } }, async (page) => {
      await page.emulateMedia({ media: "print" });
      assert(await page.evaluate("document.documentElement.scrollWidth") as number <= 690);
      assertEquals(await page.locator("#hint").isVisible(), false);
    }, tableOf({ Acme: [1, 2, 3, 7], "Bolt & Sons International Incorporated": [4, 4] })),
);
