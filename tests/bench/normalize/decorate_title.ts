import type { Dice } from "../match/dice.ts";

/** How advertisers write a word, beside writing it in full. */
const shortForms: Readonly<Record<string, readonly string[]>> = {
  Senior: ["Sr.", "Sr", "Snr"],
  Junior: ["Jr.", "Jr"],
  Manager: ["Mgr", "Mgr."],
  Director: ["Dir.", "Dir"],
  Engineer: ["Eng.", "Engr"],
  Assistant: ["Asst.", "Asst"],
  Associate: ["Assoc."],
  Executive: ["Exec."],
  Coordinator: ["Coord."],
  Representative: ["Rep"],
  VP: ["V.P.", "Vice President"],
  Marketing: ["Mktg"],
  Operations: ["Ops"],
};

const english = [" (m/f/d)", " (f/m/x)", " (all genders)", " m/f"];
const german = [
  " (m/w/d)",
  " (w/m/d)",
  " m/w/d",
  "(m/w/d)",
  "*in",
  "/in",
  ":in",
  " (all genders)",
];
const french = [" (H/F)", " H/F", " - F/H", " (h/f)"];
const modes = {
  english: [
    " - Remote",
    " (Remote)",
    " | Hybrid",
    " - On-site",
    " - Full Time",
    " (Part-Time)",
    " - Night Shift",
    " (Contract)",
  ],
  german: [
    " - Homeoffice",
    " (Vollzeit)",
    " in Teilzeit",
    " - remote",
    " 80-100%",
    " - ab sofort",
  ],
  french: [" - CDI", " (CDD)", " - télétravail", " - temps plein"],
};
const places = {
  english: [
    " - New York, NY",
    ", Austin, TX",
    " @ London",
    " - Chicago",
    " | San Francisco",
    " (Remote, US)",
    " - Ohio",
    " (Leeds)",
  ],
  german: [
    " - Berlin",
    " in München",
    ", Hamburg",
    " (Köln)",
    " | Frankfurt am Main",
  ],
  french: [" - Paris", " (Lyon)", " - Toulouse", " - Île-de-France"],
};
const calls = ["URGENT: ", "New! ", "URGENT! ", "*** ", "Now hiring: "];

/**
 * A title as advertisers write it: abbreviated, in another case, with a gender marker, a place, a mode, a number or a
 * call. One to three of these; the work and its level are those of the plain title. A few do what no rule knows, such
 * as a place without a sign before it.
 */
export function decorateTitle(title: string, dice: Dice): string {
  const language =
    /\b(?:Praktikant|Werkstudent|Referent|Sachbearbeiter|Spezialist|\w*[Ll]eiter|Geschäftsführer)\b/
        .test(
          title,
        )
      ? "german"
      : /\b(?:Stagiaire|Alternant|Chargé|Technicien|Consultant|Responsable|Chef|Directeur)\b/
          .test(title)
      ? "french"
      : "english";
  const genders = { english, german, french }[language];
  let text = title;
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const kind = dice.below(10);
    if (kind < 3) {
      text = text.replace(
        /\p{L}+/gu,
        (word) => shortForms[word] ? dice.pick(shortForms[word]) : word,
      );
    } else if (kind === 3) {
      text = dice.below(2) === 0 ? text.toUpperCase() : text.toLowerCase();
    } else if (kind < 6) {
      if (language === "english" && kind === 4) {
        text += dice.pick(modes.english);
      } else text = withMarker(text, dice.pick(genders));
    } else if (kind === 6) text += dice.pick(places[language]);
    else if (kind === 7) text += dice.pick(modes[language]);
    else if (kind === 8) text += numbered(dice);
    else text = dice.pick(calls) + text;
  }
  return text;
}

/** An ending goes to the first word, which names the person; all else to the end. */
function withMarker(text: string, marker: string): string {
  if (/^[ (]/.test(marker)) return text + marker;
  return text.replace(
    /^(\p{L}+(?:-\p{L}+)?)/u,
    (word) => /(?:er|ant|ent)$/i.test(word) ? word + marker : word,
  );
}

function numbered(dice: Dice): string {
  const number = String(10_000 + dice.below(90_000));
  return dice.pick([
    ` - ${number}`,
    ` (${number})`,
    ` #${number}`,
    ` [ID ${number}]`,
    ` JR-00${number}`,
    ` (Req ${number})`,
  ]);
}
