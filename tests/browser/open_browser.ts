import type { Browser } from "playwright-core";
import { chromiumPath } from "./chromium_path.ts";

/** Starts a headless Chromium. */
export async function openBrowser(): Promise<Browser> {
  const { chromium } = await importPlaywright();
  const isRoot = Deno.uid() === 0;
  return await chromium.launch({ executablePath: chromiumPath(), args: isRoot ? ["--no-sandbox"] : [] });
}

/**
 * Playwright looks at its first breath whether it runs on Windows' Linux, in `/proc`, which Deno opens to none but
 * `--allow-all`. With this variable it does not.
 */
async function importPlaywright(): Promise<typeof import("playwright-core")> {
  const name = "__IS_WSL_TEST__";
  const before = Deno.env.get(name);
  Deno.env.set(name, "1");
  try {
    return await import("playwright-core");
  } finally {
    if (before === undefined) Deno.env.delete(name);
    else Deno.env.set(name, before);
  }
}
