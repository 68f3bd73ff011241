/** Unicode NFC, lower case, and single spaces without any at the ends. Folding twice changes nothing more. */
export function foldText(text: string): string {
  // Lower case can take a character apart that has no small form in one piece, so composing comes after it too.
  return text.normalize("NFC").toLowerCase().normalize("NFC").replace(/\s+/g, " ").trim();
}
