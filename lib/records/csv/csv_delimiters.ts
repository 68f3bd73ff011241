/** What may stand between the fields of a CSV row; one byte each. */
export const csvDelimiters = [",", ";", "\t", "|"] as const;

/** One of {@linkcode csvDelimiters}. */
export type CsvDelimiter = (typeof csvDelimiters)[number];
