import { hash } from "node:crypto";
import uplotCss from "uplot/dist/uPlot.min.css" with { type: "text" };
import uplot from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import uplotLicense from "uplot/LICENSE" with { type: "text" };
import css from "./page.css" with { type: "text" };
import html from "./page.html" with { type: "text" };
import script from "./page_script.js" with { type: "text" };

/** Composed at the first request. */
let page: { readonly document: string; readonly policy: string } | undefined;

/**
 * The live page: one HTML document with its styles and scripts inside. It reads `/v1/live` and makes no other request.
 * Its content security policy allows its own scripts and styles, by hash, and nothing else.
 */
export function pageResponse(): Response {
  page ??= compose();
  return new Response(page.document, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": page.policy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}

function compose(): { document: string; policy: string } {
  // The library's own first comment has only its address; its license must be kept with it.
  const library = `/*!\nuPlot\n\n${uplotLicense.trim()}\n*/\n${uplot.replace(/^\/\*[^]*?\*\//, "").trim()}\n`;
  const styles = [uplotCss, css].map(withoutCarriageReturns);
  const scripts = [library, script].map(withoutCarriageReturns).map(withoutEndOfScript);
  return {
    // Functions, since dollar signs have a meaning in a replacement's text.
    document: withoutCarriageReturns(html)
      .replace("<!-- styles -->", () => styles.map((style) => `<style>${style}</style>`).join("\n"))
      .replace("<!-- scripts -->", () => scripts.map((script) => `<script>${script}</script>`).join("\n")),
    policy: [
      "default-src 'none'",
      `script-src ${scripts.map(source).join(" ")}`,
      `style-src ${styles.map(source).join(" ")}`,
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  };
}

/** Browsers read CR LF as LF before they hash. */
function withoutCarriageReturns(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

/** In strings and regular expressions of JavaScript, the backslash changes nothing but how HTML reads it. */
function withoutEndOfScript(script: string): string {
  return script.replace(/<(?=\/script|script|!--)/gi, "\\x3c");
}

function source(block: string): string {
  return `'sha256-${hash("sha256", block, "base64")}'`;
}
