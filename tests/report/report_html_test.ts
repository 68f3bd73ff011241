import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { GroupTable } from "../../lib/report/group_table.ts";
import { tableOf } from "./table_of.ts";
import { oddTable, written } from "./report_html_scene.ts";

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
  assertStringIncludes(html, "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
  assertStringIncludes(html, "company &lt;b&gt;");
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
    /<td data-n="0.99999">99\.9 %<\/td><td data-n="0.00001">&lt;0\.1 %<\/td><td data-n="0">–<\/td>/,
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
