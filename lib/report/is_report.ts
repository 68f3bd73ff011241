/** How each form of a report begins. */
const beginnings = [
  /^<!doctype html>[^]*<meta name="generator" content="Sluice">/,
  /^(?:[^\r\n]*,)?"?records"?,"?average"?,"?median"?,[^\r\n]*_share"?\r\n/,
  /^\{"by":\[[^]*\],"source":".*","levels":\[/,
  /^Seniority by /,
];

/**
 * Whether a file may be a report of Sluice, of any form.
 *
 * @param beginning Its first 4 KiB, as text.
 */
export function isReport(beginning: string): boolean {
  return beginnings.some((pattern) => pattern.test(beginning));
}
