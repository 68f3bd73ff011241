import { chromiumPath } from "./chromium_path.ts";

const hasBrowser = chromiumPath() !== undefined;
if (!hasBrowser) console.log("skipped: no chromium on PATH");

/** A test that wants a browser; skipped, and named so, where there is none. */
export function browserTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: hasBrowser ? name : `${name} (skipped: no chromium on PATH)`, ignore: !hasBrowser, fn });
}
