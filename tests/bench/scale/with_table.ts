/** The table is as it is written, whatever the formatter would make of it. */
const begin = "<!-- deno-fmt-ignore-start -->\n",
  end = "<!-- deno-fmt-ignore-end -->";

/** A page with a table between the marks in it. */
export function withTable(page: string, table: string): string {
  const from = page.indexOf(begin), to = page.indexOf(end);
  if (from < 0 || to < from) {
    throw new Error("Cannot write the table: the page has no marks for it");
  }
  return page.slice(0, from + begin.length) + "\n" + table + "\n" +
    page.slice(to);
}
