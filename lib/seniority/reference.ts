import { levelRange } from "./level_range.ts";
import { referenceUrl } from "./model_names.ts";
import type { Model, Question, RawAnswer } from "../models/model.ts";

/** The reference model in process: answers at once, costs nothing, and knows only what {@linkcode classify} knows. */
export class ReferenceModel implements Model {
  readonly url = referenceUrl;
  readonly range = levelRange;

  ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly RawAnswer[]> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return Promise.resolve(
      questions.map(({ id, company, title }) => ({ id, value: classify(company, title) })),
    );
  }

  check(signal: AbortSignal): Promise<string> {
    return signal.aborted
      ? Promise.reject(signal.reason)
      : Promise.resolve("reference model in this process");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A title that says nothing of rank: `Software Engineer` stands below `Senior Accountant` and `Lead Engineer`. */
const defaultLevel = 2;

/**
 * Whose office it is, not who sits there: what these match is taken out of the title before ranks are looked for,
 * and their level counts where no rank is left (`Senior Account Executive` is senior, `Assistant to the CEO` is 2).
 */
const misleading: readonly (readonly [level: number, pattern: RegExp])[] = [
  [2, words(String.raw`(?:executive |personal )?assistant to .*|secretary to .*`)],
  [2, words(String.raw`(?:executive|personal|ceo|cfo|coo|cto|ceos|director|directors|partner) assistant`)],
  [5, words(String.raw`chief of staff(?: .*)?`)],
  [2, words(String.raw`(?:office of|reporting to|reports to|in support of|supporting) .*`)],
  [3, words(String.raw`(?:account|sales|marketing|advertising|accounts|business development) executive`)],
  [2, words(String.raw`(?:customer service|service desk|reservations?|call cent(?:er|re)) executive`)],
  [3, words(String.raw`(?:hr |people |finance |it )?business partner`)],
  [2, words(String.raw`(?:channel|strategic|technology) partner|partner (?:account|channel|enablement)`)],
  [
    2,
    words(String.raw`partner(?= (?:manager|management|marketing|operations|program|sales|success|support))`),
  ],
  [2, words(String.raw`(?:sales|store|shop|retail|warehouse|kitchen|floor|team|customer service) associate`)],
  [2, words(String.raw`associate(?= (?:[a-z]+ )?(?:engineer|developer|analyst|designer|scientist))`)],
  [2, words(String.raw`(?:sous|pastry|line|commis) chef|chef de (?:partie|rang)`)],
];

/** The first row with a word that the title has decides. Words are in lower case, without accents. */
const ranks: readonly (readonly [level: number, pattern: RegExp])[] = [
  [
    1,
    words(
      "intern|interns|internship|trainee|apprentice|apprenticeship|student|entry level|graduate program(?:me)?|" +
        "work experience|praktikant|praktikantin|praktikum|werkstudent|werkstudentin|auszubildende|auszubildender|" +
        "azubi|stagiaire|alternant|alternante|apprenti|apprentie|becario|becaria|estagiario|estagiaria|tirocinante",
    ),
  ],
  [6, words("(?:deputy|assistant|vice) (?:ceo|cfo|coo|cto|cio|chief [a-z]+(?: [a-z]+)? officer)")],
  [6, words("(?:senior|executive|group) vice president|svp|evp|directeur general adjoint")],
  [
    7,
    words(
      "ceo|cfo|coo|cto|cio|cmo|cpo|cro|cso|ciso|chro|chief [a-z]+(?: [a-z]+){0,2} officer|chief executive|" +
        "(?:co )?founder|chair|chairman|chairwoman|chairperson|vorstand|vorstandsvorsitzender|" +
        "vorstandsvorsitzende|directeur general|directrice generale|pdg|director general",
    ),
  ],
  [4, words("(?:assistant|associate) vice president|avp")],
  [5, words("vice president|vp|vicepresident")],
  [7, words("president|prasident|presidente|presidenta")],
  [
    6,
    words(
      "managing director|managing partner|executive director|partner|(?:equity|general|senior) partner|" +
        "group director|general counsel|geschaftsfuhrer|geschaftsfuhrerin|gerant|gerante|" +
        "chief (?:economist|scientist|architect|engineer)",
    ),
  ],
  [4, words("(?:assistant|deputy|stage) director")],
  [
    5,
    words(
      "director|head|head of|dean|leiter|leiterin|bereichsleiter|bereichsleiterin|hauptabteilungsleiter|" +
        "direktor|direktorin|directeur|directrice|directora|direttore|direttrice|diretor|diretora|direktør",
    ),
  ],
  [3, words("(?:assistant|deputy|junior) manager")],
  [
    4,
    words(
      "manager|managers|supervisor|superintendent|foreman|principal|team (?:lead|leader)|section leader|" +
        "controller|teamleiter|teamleiterin|abteilungsleiter|abteilungsleiterin|responsable|gerente|jefe|jefa|" +
        "chef d|chef de [a-z]+|encargado|encargada|chef|capo",
    ),
  ],
  [2, words("senior paralegal")],
  [
    2,
    words("junior|graduate|assistant|assistante|asistente|assistent|assistentin|assistente|sachbearbeiter"),
  ],
  [
    3,
    words(
      "senior|lead|staff (?:engineer|scientist|developer)|expert|expertin|associate|attorney|lawyer|solicitor|" +
        "barrister|counsel|avocat|avocate|rechtsanwalt|rechtsanwaltin|abogado|abogada|physician|surgeon|" +
        "veterinarian|dentist|architect|consultant|consultante|berater|beraterin|consultor|consultora",
    ),
  ],
  [1, words("paralegal")],
];

/** Spellings of one rank. */
const abbreviations: readonly (readonly [pattern: RegExp, full: string])[] = [
  [/ (?:sr|snr) /g, " senior "],
  [/ (?:jr|jnr) /g, " junior "],
  [/ (?:mgr|mngr) /g, " manager "],
  [/ dir /g, " director "],
  [/ (?:asst|ass t) /g, " assistant "],
  [/ (?:assoc) /g, " associate "],
  [/ v p /g, " vp "],
  [/ (?:sr|senior) vp /g, " svp "],
  [/ executive vp /g, " evp "],
  [/ (?:assistant|associate) vp /g, " avp "],
  [/ c e o /g, " ceo "],
  [/ c f o /g, " cfo "],
  [/ c o o /g, " coo "],
];

/**
 * The seniority of a title by its words: 1 entry, 2 junior, 3 associate, 4 manager, 5 director, 6 executive,
 * 7 senior executive. A title without any word of rank, the empty one too, is 2. Case, accents and punctuation do
 * not matter, nor does the company.
 */
export function classify(_company: string, title: string): number {
  let text = ` ${plainWords(title)} `;
  for (const [pattern, full] of abbreviations) text = text.replace(pattern, full);
  let level: number | undefined;
  for (const [masked, pattern] of misleading) {
    const rest = text.replace(pattern, " ");
    if (rest === text) continue;
    level ??= masked;
    text = rest;
  }
  return ranks.find(([, pattern]) => pattern.test(text))?.[0] ?? level ?? defaultLevel;
}

/** Lower case, without accents and apostrophes, and with one space between words in place of all else. */
function plainWords(title: string): string {
  return title.normalize("NFKD").toLowerCase().replace(/[\p{M}'’.]+/gu, "").replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/** Whole words in a text that has a space at both ends. */
function words(alternatives: string): RegExp {
  return new RegExp(` (?:${alternatives})(?= )`);
}
