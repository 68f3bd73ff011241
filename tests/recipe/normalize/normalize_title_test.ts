import { assertEquals } from "@std/assert/mod.js";
import fc from "fast-check";
import { asideWords, linkWords } from "../../../lib/recipe/normalize/aside_words.ts";
import { foldText } from "../../../lib/recipe/normalize/fold_text.ts";
import { normalizeTitle } from "../../../lib/recipe/normalize/normalize_title.ts";
import { places, stateCodes } from "../../../lib/recipe/normalize/places.ts";
import { decorateTitle } from "../../bench/normalize/decorate_title.ts";
import { Dice } from "../../bench/match/dice.ts";
import { pairNames } from "../../../lib/seniority/sample/pair_names.ts";
import { numRuns } from "../../property_runs.ts";
import { levelWords } from "./level_words.ts";

const examples: Record<string, readonly (readonly [title: string, normalized: string])[]> = {
  "spells abbreviations out": [
    ["Sr. Software Eng.", "senior software engineer"],
    ["Jnr Acct Mgr", "junior account manager"],
    ["sr.engineer", "senior engineer"],
    ["Asst. Dir., Mktg", "assistant director, marketing"],
    ["Sales Rep", "sales representative"],
    ["Head of Ops", "head of operations"],
    ["VP Eng", "vice president engineering"],
    ["Eng. Manager", "engineering manager"],
    ["Eng. de Software", "engenheiro de software"],
    ["Desenvolvedor Sênior", "desenvolvedor senior"],
    ["Stellv. Leiter", "stellvertretender leiter"],
  ],
  "keeps vice presidents apart": [
    ["V.P. Sales", "vice president sales"],
    ["Vice-President Sales", "vice president sales"],
    ["S.V.P. Sales", "senior vice president sales"],
    ["Sr. VP Sales", "senior vice president sales"],
    ["EVP Sales", "executive vice president sales"],
    ["AVP Sales", "avp sales"],
    ["Asst VP Sales", "assistant vice president sales"],
    ["Assoc. VP Sales", "associate vice president sales"],
  ],
  "leaves abbreviations that could mean several things": [
    ["HR Manager", "hr manager"],
    ["Tech Lead", "tech lead"],
    ["Business Dev Manager", "business development manager"],
    ["Dev Lead", "dev lead"],
    ["DevOps Engineer", "devops engineer"],
    ["Dev Ops Engineer", "dev ops engineer"],
    ["Dir. de Marketing", "dir. de marketing"],
    ["Assistant aux achats", "assistant aux achats"],
    ["Admin", "admin"],
    ["PM", "pm"],
  ],
  "takes gender markers out": [
    ["Entwickler (m/w/d)", "entwickler"],
    ["Entwickler(w/m/d) ", "entwickler"],
    ["Entwickler m/w/d", "entwickler"],
    ["Entwickler (M | W | D)", "entwickler"],
    ["Engineer (f/m/x)", "engineer"],
    ["Engineer (all genders)", "engineer"],
    ["Comptable H/F", "comptable"],
    ["Entwickler*in", "entwickler"],
    ["Entwickler:in", "entwickler"],
    ["Entwickler/in", "entwickler"],
    ["Entwickler/-in", "entwickler"],
    ["Entwickler_innen", "entwickler"],
    ["Kaufmann/-frau", "kaufmann"],
    ["Angestellte*r", "angestellte"],
    ["Diretor(a) Comercial", "diretor comercial"],
    ["Ingeniero/a", "ingeniero"],
    ["Técnico(o/a)", "técnico"],
    ["Ingenier(o/a)", "ingeniero"],
    ["Ingenier@", "ingeniero"],
    ["Chargé·e d'études", "chargé d'études"],
    ["Ingénieur(e)", "ingénieur"],
    ["Medewerker (m/v)", "medewerker"],
    ["Impiegato/a", "impiegato"],
  ],
  "takes requisition numbers out": [
    ["Req #12345 - Welder", "welder"],
    ["Welder JR-00123", "welder"],
    ["Welder [ID 4432]", "welder"],
    ["Welder #R-2231", "welder"],
    ["Welder - 88231", "welder"],
    ["Welder (88231)", "welder"],
    ["Welder, Job ID: 2024-118", "welder"],
    ["Schweißer (Kennziffer 4711)", "schweißer"],
    ["Soudeur - Réf. 20231", "soudeur"],
    ["Welder Jr 88231", "welder junior 88231"],
    ["Engineer 3", "engineer 3"],
    ["Engineer - 3", "engineer - 3"],
    ["Java 1234 Engineer", "java 1234 engineer"],
    ["Job Coach 2", "job coach 2"],
  ],
  "takes places and modes out where they stand apart": [
    ["Welder - Remote", "welder"],
    ["Welder | Hybrid", "welder"],
    ["Welder @ London", "welder"],
    ["Welder (Remote, US)", "welder"],
    ["Welder (100% remote)", "welder"],
    ["Welder - Austin, TX", "welder"],
    ["Welder – New York, NY – Full-Time", "welder"],
    ["Remote | Welder", "welder"],
    ["Welder- On-site", "welder"],
    ["Schweißer in Vollzeit", "schweißer"],
    ["Schweißer, 80 - 100 %", "schweißer"],
    ["Soudeur - CDI - Télétravail partiel", "soudeur"],
    ["Soldador (Teletrabajo)", "soldador"],
    ["Welder - Night Shift", "welder"],
    ["URGENT! Welder!!!", "welder"],
    ["New: Welder", "welder"],
  ],
  "leaves places and modes that belong to the title": [
    ["Remote Sensing Analyst", "remote sensing analyst"],
    ["New Business Manager", "new business manager"],
    ["New York Sales Manager", "new york sales manager"],
    ["Contract - Manager", "contract - manager"],
    ["Director, EMEA", "director, emea"],
    ["Physician, MD", "physician, md"],
    ["Banker, London, MD", "banker, md"],
    ["Assistant (PA)", "assistant (pa)"],
    ["Night Shift Supervisor", "night shift supervisor"],
    ["C++ Developer - C#", "c++ developer - c#"],
    ["Haupt- und Realschullehrer", "haupt- und realschullehrer"],
    [".NET Developer", ".net developer"],
  ],
  "keeps grades beside what is taken out": [
    ["Engineer III (m/w/d) - Remote", "engineer iii"],
    ["Engineer V, m/w/d", "engineer v"],
    ["Engineer I - 100%", "engineer i"],
    ["Engineer (I/II)", "engineer (i/ii)"],
    ["Engineer (V)", "engineer (v)"],
  ],
  "keeps the folded title where nothing else would be left": [
    ["Remote", "remote"],
    ["Remote - Berlin", "remote - berlin"],
    ["(M/W/D)", "(m/w/d)"],
    ["(M/W/D) - Remote", "remote"],
    ["  100% ", "100%"],
    ["#12345", "#12345"],
    ["!!!", "!!!"],
    ["", ""],
  ],
};

for (const [behaviour, titles] of Object.entries(examples)) {
  for (const [title, normalized] of titles) {
    Deno.test(`normalizeTitle() ${behaviour}: ${JSON.stringify(title)}`, () => {
      assertEquals(normalizeTitle(title), normalized);
    });
  }
}

/** What stands between and around words in titles. */
const sign = fc.constantFrom(
  ..." ; - ; | ;, ;/; / ;: ;!; (;) ; [;] ;. ;@; @ ;*;·;#;'; & ; – ;-;%;\u0301".split(";"),
);
const known = fc.constantFrom(
  ...("sr jr eng eng. dev admin acct tech ops vp v.p. dir exec coord m/w/d (h/f) (f/m/x) *in :in (a) o/a remote hybrid " +
    "berlin austin tx ny new urgent req 12345 jr-00123 #r-2231 100% 80 vollzeit in of de night shift temp contract " +
    "m w d f x 2231 engineer developer software").split(" "),
);
const anyTitle = fc.array(
  fc.oneof(known, sign, fc.constantFrom(...levelWords), fc.string({ unit: "grapheme", maxLength: 3 })),
  { maxLength: 12 },
).chain((pieces) => fc.constantFrom("", " ").map((between) => pieces.join(between)));

Deno.test("normalizeTitle() changes nothing when called again, and gives a folded title", () => {
  fc.assert(
    fc.property(anyTitle, (title) => {
      const normalized = normalizeTitle(title);
      assertEquals(normalizeTitle(normalized), normalized);
      assertEquals(foldText(normalized), normalized);
      assertEquals(normalized === "", foldText(title) === "");
    }),
    { numRuns: 5 * numRuns },
  );
});

/** The level words of a title in order, those that an abbreviation stands for among them. */
const levels = new Set(levelWords);
const spelled: Record<string, string> = {
  vp: "vice president",
  svp: "senior vice president",
  evp: "executive vice president",
  sr: "senior",
  jr: "junior",
};
const levelsOf = (title: string) =>
  (foldText(title).match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((word) => (spelled[word] ?? word).split(" "))
    .filter((word) => levels.has(word));

/** Decorations that hold no level word themselves. */
const decoration = fc.constantFrom(
  ...(" (m/w/d)| m/w/d|, m/w/d| (H/F)| (f/m/x)| - Remote| (Remote)| - Berlin|, Austin, TX| - 88231| [ID 44321]|" +
    " #R-22310| (100%)| - Full Time|!!!| - New| – Night Shift|, Req #12345| @ London| – Vollzeit").split("|"),
);

Deno.test("normalizeTitle() takes no level word out and makes none, whatever stands beside it", () => {
  const rank = fc.oneof(
    fc.constantFrom(...levelWords),
    fc.constantFrom("sr", "jr", "engineer", "sales", "data"),
  );
  const part = fc.array(rank, { minLength: 1, maxLength: 4 }).map((words) => words.join(" "));
  const title = fc.array(
    fc.tuple(part, fc.oneof(fc.constant(""), decoration), fc.constantFrom(" - ", ", ", " | ", " ")),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  fc.assert(
    fc.property(title, (parts) => {
      const plain = parts.map(([part]) => part).join(" ");
      const decorated = parts.map(([part, extra, sign], i) =>
        part + extra + (i + 1 < parts.length ? sign : "")
      ).join("");
      assertEquals(levelsOf(normalizeTitle(decorated)), levelsOf(plain), decorated);
    }),
    { numRuns: 5 * numRuns },
  );
});

Deno.test("normalizeTitle() knows no aside, place or link that is a level word", () => {
  const all = [...asideWords, ...places, ...linkWords, ...stateCodes];
  assertEquals(all.filter((phrase) => levels.has(phrase)), []);
});

Deno.test("normalizeTitle() never makes two level words one", () => {
  const seen = new Map<string, string>();
  for (const word of levelWords) {
    const normalized = normalizeTitle(`${word} engineer`), other = seen.get(normalized);
    assertEquals(other === undefined || other === word, true, `${word} and ${other}`);
    seen.set(normalized, word);
  }
});

Deno.test("normalizeTitle() takes a decorated title back to the plain one, most often", () => {
  const name = pairNames(3000, 1), dice = new Dice(1);
  let same = 0;
  for (let pair = 0; pair < 3000; pair++) {
    const { title } = name(pair);
    if (normalizeTitle(decorateTitle(title, dice)) === normalizeTitle(title)) same++;
  }
  assertEquals(same >= 0.97 * 3000, true, `${same} of 3000`);
});

Deno.test("normalizeTitle() only folds a title of more than a thousand characters", () => {
  const rest = "x".repeat(991);
  assertEquals(normalizeTitle(`Sr. ${rest} a b`), `senior ${rest} a b`);
  assertEquals(normalizeTitle(`Sr. ${rest} a b c`), `sr. ${rest} a b c`);
});
