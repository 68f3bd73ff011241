/** A letter that stands for men, one for women, and the others. No `i`: `engineer i/ii` has grades. */
const letters = "(?:m|w|f|d|h|x|v|gn|nb|div|divers|diverse|männlich|weiblich|homme|femme)";
/** Spaces in it are for brackets: in `engineer v, m/w/d` the `v` is a grade. */
const listed = [
  new RegExp(String.raw`(?<=[([{] ?)${letters}(?: ?[/|*,;&+.-] ?${letters})+(?= ?[)\]},;|/-])`, "gu"),
  new RegExp(String.raw`(?<![\p{L}\p{N}/])${letters}(?:[/|*]${letters})+(?![\p{L}\p{N}/])`, "gu"),
];
const ofMen = /(?<!\p{L})(?:m|h|männlich|homme)(?!\p{L})/u;
const ofWomen = /(?<!\p{L})(?:w|f|v|weiblich|femme)(?!\p{L})/u;

/**
 * Endings of the other gender behind a word of four letters and more: `entwickler*in`, `kaufmann/-frau`,
 * `diretor(a)`, `chargé·e`. A single `(i)`, `(v)` or `(x)` is not one: it may be a grade.
 */
const endings: readonly RegExp[] = [
  // German and Dutch
  "in|innen|r|frau|frauen|e",
  // French
  "e|es|ne|trice|teuse|euse|ère|ière|rice",
  // Spanish, Portuguese, Italian
  "a|as|ra|ora|oras|tora|trice|essa",
].map((list) =>
  new RegExp(
    String
      .raw`(?<=\p{L}{4})(?:\((?:-|/)?(?:${list})\)|(?:[*·•_]|:(?! )|/-?)(?:${list})(?:[·•]s)?)(?![\p{L}\p{N}])`,
    "gu",
  )
);

/**
 * Takes out gender markers: `(m/w/d)`, `h/f`, `(f/m/x)`, and endings: `*in`, `:in`, `/-in`, `(a)`, `o/a`, `·e`. A
 * list of letters counts where it has one for men and one for women.
 */
export function withoutGender(text: string): string {
  if (!/[/|*(:_·•,@]/.test(text)) return text;
  let rest = text;
  for (const pattern of listed) {
    rest = rest.replace(pattern, (marker) => ofMen.test(marker) && ofWomen.test(marker) ? "" : marker);
  }
  rest = rest.replace(/(?<=\p{L}{3}o)\(o[/|]a\)/gu, "").replace(/(?<=\p{L}{3})\(o[/|]a\)/gu, "o").replace(
    /(?<=\p{L}{3}o)[/|]-?o?a(?!\p{L})/gu,
    "",
  );
  rest = rest.replace(
    /(?<=\p{L}{4})@(?![\p{L}\p{N}])/gu,
    (_, at: number) => /[dts]or$/.test(rest.slice(0, at)) ? "" : "o",
  );
  for (const ending of endings) rest = rest.replace(ending, "");
  return rest;
}
