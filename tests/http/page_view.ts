import type { BrowserContextOptions, Page } from "playwright-core";
import { chromiumPath } from "./chromium_path.ts";

/** The live page in a browser of its own, and what went wrong in it. */
export interface PageView extends AsyncDisposable {
  readonly page: Page;
  /**
   * Errors and warnings of the console, uncaught errors, breaches of the policy, requests to other origins. That a
   * request failed is told only in {@linkcode failedRequests}.
   */
  readonly problems: string[];
  readonly failedRequests: string[];
}

/** Opens the page at an origin, in a headless Chromium. */
export async function openPageView(origin: string, options: BrowserContextOptions = {}): Promise<PageView> {
  const { chromium } = await importPlaywright();
  const isRoot = Deno.uid() === 0;
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: isRoot ? ["--no-sandbox"] : [],
  });
  const problems: string[] = [];
  const failedRequests: string[] = [];
  try {
    const context = await browser.newContext({ locale: "en-US", timezoneId: "UTC", ...options });
    context.setDefaultTimeout(10_000);
    await context.addInitScript(`
      addEventListener("securitypolicyviolation", (e) => console.error("policy: " + e.violatedDirective + " " + e.blockedURI));
    `);
    const page = await context.newPage();
    page.on("console", (message) => {
      if (!["error", "warning"].includes(message.type())) return;
      const isOfRequest = message.text().startsWith("Failed to load resource");
      (isOfRequest ? failedRequests : problems).push(message.text());
    });
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== origin) problems.push(`request to ${url}`);
    });
    await page.goto(`${origin}/`);
    return { page, problems, failedRequests, [Symbol.asyncDispose]: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
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
