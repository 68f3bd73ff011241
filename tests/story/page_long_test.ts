import { assertEquals, assertGreater } from "@std/assert/mod.js";
import { browserTest } from "../browser/browser_case.ts";
import { openPageView } from "../page/page_view.ts";
import { startSluice } from "./sluice_process.ts";
import { until } from "../until.ts";

browserTest(
  "sluice watch: its page's figures move, match /metrics, and survive a reload and a restart of the process",
  async () => {
    const folder = await Deno.makeTempDir();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    const origin = `http://127.0.0.1:${port}`;
    const start = () =>
      startSluice([
        ...[
          "watch",
          "--from",
          `${folder}/in`,
          "--to",
          `${folder}/out`,
          "--model",
          "reference:",
          "--every",
          "1s",
        ],
        ...["--cache", "memory:", "--ledger", `${folder}/ledger.db`, "--listen", `127.0.0.1:${port}`],
        ...["--price-per-1000", "2"],
      ]);
    let next = 0;
    const put = async (lines: number) => {
      const line = (i: number) => `{"company":"Acme","title":"Engineer ${i % 50}"}\n`;
      const text = Array.from({ length: lines }, (_, i) => line(i)).join("") + "no json\n";
      await Deno.writeTextFile(`${folder}/in/${1_700_000_000 + next++ * 60}.jsonl`, text);
    };
    const metric = async (name: string): Promise<number> => {
      const text = await (await fetch(`${origin}/metrics`)).text();
      const value = text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ").at(-1);
      return Number(value);
    };
    await Deno.mkdir(`${folder}/in`);
    await put(1_000);
    let watch = start();
    try {
      await until(async () => (await fetch(`${origin}/readyz`)).ok, { what: "the page" });
      const view = await openPageView(origin);
      try {
        const { page, problems } = view;
        const shown = async (id: string) =>
          Number((await page.locator(`#${id}`).textContent())!.replaceAll(/[^0-9.]/g, ""));
        await until(async () => await shown("saved-questions") === 950, { what: "the first figures" });
        await put(2_000);
        await until(async () => await shown("saved-questions") === 2_950, { what: "figures that move" });
        assertEquals(await shown("saved-questions"), await metric("sluice_questions_saved"));
        assertEquals(await shown("saved-money"), 5.9);
        assertEquals(await metric('sluice_records_total{outcome="answered"}'), 3_000);
        assertEquals(await metric('sluice_rejects_total{reason="invalid_json"}'), 2);
        assertGreater((await page.locator("#rejects").textContent())!.indexOf("no json"), -1);
        await page.reload();
        await until(async () => await shown("saved-questions") === 2_950, {
          what: "the figures after a reload",
        });

        watch.kill("SIGTERM");
        assertEquals((await watch.ended).status, 0);
        await until(
          async () => /lost|last figures/i.test((await page.locator("#connection").textContent())!),
          { what: "word of the lost connection" },
        );
        watch = start();
        await put(500);
        await until(async () => await shown("saved-questions") === 450, {
          what: "the figures of the new process",
        });
        assertEquals(problems, []);
      } finally {
        await view[Symbol.asyncDispose]();
      }
    } finally {
      watch.kill("SIGTERM");
      await watch.ended;
      await Deno.remove(folder, { recursive: true });
    }
  },
);
