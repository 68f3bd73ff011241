import { chromiumPath } from "./chromium_path.ts";

const hasBrowser = chromiumPath() !== undefined;
if (!hasBrowser) console.log("skipped: no chromium on PATH");

/** A test that needs a browser; skipped, and named so, if there is no browser. */
export function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: hasBrowser ? name : `${name} (skipped: no chromium on PATH)`, ignore: !hasBrowser, fn });
}
