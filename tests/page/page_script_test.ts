import { assertStringIncludes } from "@std/assert/mod.js";
import { pageSourceHash } from "../tools/build_page.ts";
import script from "../../lib/page/page_script.js" with { type: "text" };

Deno.test("page_script.js is built from the sources that are there: else run `deno task page`", async () => {
  assertStringIncludes(script, `// ${await pageSourceHash()}\n`);
});
