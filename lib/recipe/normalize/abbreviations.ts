/** What an abbreviation means; where it is another word's in other languages, only in an English title. */
type Meaning = string | { readonly english: string };

/** One meaning of an abbreviation, given by the words beside it; an empty word stands at the ends of a title. */
export interface ContextualAbbreviation {
  readonly full: string;
  /** The word before the abbreviation. */
  readonly after?: RegExp;
  /** The word behind it. */
  readonly before?: RegExp;
}

const always =
  `sr, snr: senior | jr, jnr: junior | sénior, sênior: senior | júnior: junior | mgr, mngr: manager |
mgmt: management | vp: vice president | svp: senior vice president | evp: executive vice president |
asst, ass't, ass’t: assistant | engr: engineer | swe: software engineer | acctg: accounting | mktg: marketing |
mfg: manufacturing | intl, int'l, int’l: international | natl, nat'l: national | govt, gov't: government |
sysadmin: system administrator | dba: database administrator | biz: business | supv, supvr: supervisor |
supt: superintendent | stv., stellv.: stellvertretender | ltr.: leiter | wiss.: wissenschaftlicher |
mitarb.: mitarbeiter | sachb.: sachbearbeiter | aux.: auxiliar | téc.: técnico | admvo.: administrativo |
gte.: gerente | adj.: adjoint | add.: addetto | mdw.: medewerker | verpl.: verpleegkundige`;

const inEnglish = `dir: director | assoc: associate | exec: executive | rep: representative |
reps: representatives | coord: coordinator`;

/** Abbreviations that mean one thing; those written with a dot need it. `avp` is two things, so it stays. */
export const abbreviations: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...entries(always),
  ...entries(inEnglish).map(([short, english]) => [short, { english }] as const),
]);

const grade = "|i|ii|iii|iv|v|[1-9]";
const ranked = "manager|director|lead|leader|head|team|department|president|vice|vp|supervisor|management";
const technical =
  "software|web|front|frontend|end|back|backend|stack|fullstack|java|javascript|typescript|python|" +
  "php|net|ruby|rails|golang|go|ios|android|mobile|game|react|angular|node|sql|etl|bi|wordpress|drupal|" +
  "salesforce|sap|cloud|blockchain|application|applications|app";

/** Abbreviations whose meaning depends on the words beside them; without such words they stay. */
export const contextual: ReadonlyMap<string, readonly ContextualAbbreviation[]> = new Map(Object.entries({
  eng: [
    { full: "engenheiro", before: words("de|da|do") },
    { full: "engineering", after: words("of|vp|svp|evp|president|director|head|manager|in|and") },
    { full: "engineering", before: words(ranked) },
    { full: "engineer" },
  ],
  dev: [
    { full: "development", after: words("business|product|sales|talent|learning|organizational|curriculum") },
    { full: "developer", after: words(technical), before: words(grade) },
  ],
  admin: [
    {
      full: "administrator",
      after: words(
        "system|systems|network|database|server|linux|windows|unix|cloud|salesforce|it|security|oracle",
      ),
      before: words(grade),
    },
    {
      full: "administrative",
      before: words("assistant|clerk|officer|coordinator|support|specialist|associate"),
    },
  ],
  acct: [
    {
      full: "account",
      before: words("manager|executive|exec|representative|director|coordinator|coord|specialist"),
    },
    {
      full: "accountant",
      after: words("senior|junior|staff|tax|cost|lead|chief|principal|"),
      before: words(grade),
    },
  ],
  tech: [
    {
      full: "technician",
      after: words(
        "lab|laboratory|vet|veterinary|service|hvac|pharmacy|maintenance|field|radiology|mri|ct|support|surgical|" +
          "automotive|diesel|nail|xray|desk|dental|ultrasound|phlebotomy|network",
      ),
      before: words(grade),
    },
  ],
  ops: [{ full: "operations", after: /^(?!dev$)/ }],
}));

/** `short, short: full | …` */
function entries(table: string): [string, string][] {
  return table.split(/\s*\|\s*/).flatMap((row) => {
    const [shorts, full] = row.split(": ") as [string, string];
    return shorts.split(", ").map((short): [string, string] => [short, full]);
  });
}

/** A whole word out of several; empty if one of them is empty. */
function words(alternatives: string): RegExp {
  return new RegExp(`^(?:${alternatives})$`);
}
