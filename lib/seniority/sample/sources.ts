/** One posting; texts are escaped for JSON already. */
export interface Posting {
  readonly company: string;
  readonly title: string;
  /** The title as part of an address. */
  readonly slug: string;
  readonly location: string;
  /** Looks like a UUID. */
  readonly id: string;
  /** Unix time, in seconds. */
  readonly scrapedOn: number;
  /** Rank in the search that found it, 0 to 255. */
  readonly place: number;
}

/** How each source writes a posting as a line: address, order of fields, white space and escapes are its own. */
export const sources: readonly ((posting: Posting) => string)[] = [
  ({ company, title, slug, location, id, scrapedOn, place }) =>
    `{"url": "https://www.halyard-jobs.example/jobs/view/${slug}/${id}/?utm_source=feed&position=${place}", ` +
    `"company": "${company}", "title": "${title}", "location": "${location}", "scraped_on": ${scrapedOn}}\n`,
  ({ company, title, slug, location, id, scrapedOn, place }) =>
    `{"url": "https://careers.brightboard.example/en/openings/${id}/${slug}?src=search&page=${
      place >> 4
    }", ` +
    `"location": "${location}", "scraped_on": ${scrapedOn}, "company": "${company}", "title": "${title}"}\n`,
  ({ company, title, slug, location, id, scrapedOn, place }) =>
    `{"company":"${company}","title":"${title}","location":"${location}","scraped_on":${scrapedOn},` +
    `"url":"https://jobs.northfield-talent.example/postings/${slug}/${id}?ref=listing&campaign=weekly&n=${place}"}\n`,
  ({ company, title, slug, location, id, scrapedOn, place }) =>
    `{"url": "https://apply.workatlas.example/position/${id}/apply?title=${slug}&rank=${place}&lang=en", ` +
    `"company": "${ascii(company)}", "title": "${ascii(title)}", "location": "${ascii(location)}", ` +
    `"scraped_on": ${scrapedOn}}\n`,
];

/** Escapes what is not ASCII, as some JSON writers do. */
function ascii(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
