import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { browserTest } from "../browser/browser_case.ts";
import { openBrowser } from "../browser/open_browser.ts";
import { GroupTable } from "../../lib/report/group_table.ts";
import { Report, type ReportOptions } from "../../lib/report/report.ts";
import { reportHtml } from "../../lib/report/report_html.ts";
import { oddNames } from "./odd_names.ts";
import { tableOf } from "./table_of.ts";

const madeAt = new Date("2026-05-04T03:02:01Z");
const written = async (table: GroupTable, options: Partial<ReportOptions> = {}) =>
  (await Array.fromAsync(reportHtml(new Report(table, { source: "s3://mod/", ...options }), { madeAt })))
    .join("");

/** Some groups, odd names among them. */
function oddTable(): GroupTable {
  const table = new GroupTable(["company <b>", "city"]);
  [undefined, ...oddNames].forEach((name, i) => {
    for (let n = 0; n <= i; n++) table.add([name, `city ${i % 3}`], (i + n) % 7 + 1);
  });
  table.unreadable = 3;
  return table;
}

Deno.test("reportHtml() has the headline, and the policy of its own script and style", async () => {
  const html = await written(tableOf({ a: [2, 3, 3], b: [7] }));
  assertStringIncludes(html, "<title>Seniority by company</title>");
  assertStringIncludes(html, "4 records of s3://mod/");
  assertStringIncludes(html, ">4 May 2026</time>");
  assertStringIncludes(
    html,
    `<dt>Average level</dt><dd class="big">3.75</dd><dd class="soft">between associate (3) and`,
  );
  assertStringIncludes(html, `<dd class="big">associate</dd><dd class="soft">50.0 % of the records</dd>`);
  const [, script] = /<script>([^]*?)<\/script>/.exec(html)!;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script)));
  assertStringIncludes(html, `default-src 'none'; img-src data:; style-src 'sha256-`);
  assertStringIncludes(html, `script-src 'sha256-${hash.toBase64()}';`);
});

Deno.test("reportHtml() escapes all text, and names no other place", async () => {
  const html = await written(oddTable());
  // deno-lint-ignore no-control-regex
  assert(!/<img|<b>|alert\(1\)<\/script>|\u202e|\x1b/.test(html));
  assertStringIncludes(html, "&#60;/script&#62;&#60;script&#62;alert(1)&#60;/script&#62;");
  assertStringIncludes(html, "company &#60;b&#62;");
  assertEquals(html.match(/<script|<link|<iframe|<object|@import|url\(/g), ["<link", "<script"]);
  assertEquals([...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to]) => to), ["data:,"]);
  assert(html.length < 120_000, `very long names are cut, but it has ${html.length} characters`);
});

Deno.test("reportHtml() shows what is there as more than nothing, and a part as less than all", async () => {
  const table = new GroupTable(["x"]);
  table.add(["a"], 1, 99_999);
  table.add(["a"], 2, 1);
  const html = await written(table);
  assertMatch(
    html,
    /<td data-n="0.99999">99\.9 %<\/td><td data-n="0.00001">&#60;0\.1 %<\/td><td data-n="0">–<\/td>/,
  );
});

Deno.test("reportHtml() draws 25 groups at most, and lists all rows", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 100 }, (_, i): [string, number[]] => [`g${i}`, [i % 7 + 1]]),
  );
  const html = await written(tableOf(many), { top: 90, sort: "average" });
  assertEquals(html.match(/<tr>/g)!.length, 1 + 90 + 1); // head, rows, all records
  assertEquals(html.match(/<span class="name" /g)!.length, 25 + 25 + 1);
  assertStringIncludes(html, "the 25 of 100 groups with the highest average");
  assertStringIncludes(html, `class="name">all others (10)</th>`);
  assertStringIncludes(await written(tableOf(many), { top: 5 }), `<bdi>all others (95)</bdi>`);
});

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
