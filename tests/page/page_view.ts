import type { BrowserContextOptions, Page } from "playwright-core";
import { openBrowser } from "../browser/open_browser.ts";

/** The live page in a browser of its own, and what went wrong in it. */
export interface PageView extends AsyncDisposable {
  readonly page: Page;
  /**
   * Errors and warnings of the console, uncaught errors, breaches of the policy, requests to other origins. That a
   * request failed is only in {@linkcode failedRequests}.
   */
  readonly problems: string[];
  readonly failedRequests: string[];
}

/** Opens the page at an origin, in a headless Chromium. */
export async function openPageView(origin: string, options: BrowserContextOptions = {}): Promise<PageView> {
  const browser = await openBrowser();
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
