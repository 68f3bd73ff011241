/** What an advertisement's number is called: English, German, French, Spanish and Portuguese, Italian, Dutch. */
const labels = "(?:job )?req(?:uisition)?|job|ref(?:erence)?|posting|position|vacancy|opening|id|" +
  "referenz(?:nummer)?|kennziffer|kennnummer|stellen(?:nummer|-?id)?|job-?id|" +
  "réf(?:érence)?|offre|poste|" +
  "referencia|referência|oferta|vaga|puesto|" +
  "rif(?:erimento)?|codice|annuncio|" +
  "vacature(?:nummer)?|referentie";
const counted = "id|no|nr|num|number|code|nummer|número|numero|n°|nº|n";

const inText: readonly RegExp[] = [
  // `req #12345`, `job id: 4432`, `ref. ab-2231`
  String
    .raw`(?<![\p{L}\p{N}])(?:${labels})\.?[ -]?(?:(?:${counted})\.?)? ?[:#]? ?#?(?:[a-z]{1,4}[-_]?)?\d{3,}(?:[-_/]?\d+)*`,
  // `#r-2231`
  String.raw`(?<![\p{L}\p{N}])# ?(?:[a-z]{1,4}[-_]?)?\d{3,}(?:[-_/]\d+)*`,
  // `jr-00123`, `req_4432`, `jr00123`, `r-12345`
  String
    .raw`(?<![\p{L}\p{N}-])(?:(?:jr|req|ref|job|id)[-_]?\d{4,}|(?:req|ref|job|id)[-_]\d{3}|r(?:-\d{4,}|\d{5,}))`,
  // `- 88231`, `(88231)`
  String.raw`(?:(?<= [-–—|/] ?)|(?<=[([]))\d{4,}(?:[-_/]\d+)*(?= ?(?:$|[-–—|)\]]))`,
].map((source) => new RegExp(`${source}(?![\\p{L}\\p{N}])`, "gu"));

/** How much of a whole week: `100%`, `80 - 100 %`, at the end or before a sign. */
const workload =
  /(?<![\p{L}\p{N}.])\d{2,3} ?(?:%? ?(?:-|–|bis|à|to|\/) ?\d{2,3} ?)?%(?= ?(?:$|[-–—|,;()[\]]))/gu;

/**
 * Takes out the numbers of advertisements, which have three digits and more, and workloads: grades (`engineer 3`,
 * `l5`, `#1`) stay.
 */
export function withoutNumbers(text: string): string {
  if (!/\d\d/.test(text)) return text;
  let rest = text.replace(workload, "");
  for (const pattern of inText) rest = rest.replace(pattern, "");
  return rest;
}
