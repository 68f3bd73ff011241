/** A setting's flag: `maxLineBytes` is `--max-line-bytes`, `pricePer1000` is `--price-per-1000`. */
export function flagOf(setting: string): string {
  return `--${wordsOf(setting).join("-")}`;
}

/** A setting's environment variable: `maxLineBytes` is `SLUICE_MAX_LINE_BYTES`. */
export function variableOf(setting: string): string {
  return `SLUICE_${wordsOf(setting).join("_").toUpperCase()}`;
}

/** In lower case. A number of several digits is a word; one digit belongs to its letter, as in `s3`. */
function wordsOf(setting: string): string[] {
  return setting.split(/(?=[A-Z])|(?<=[a-z])(?=\d{2})/).map((word) => word.toLowerCase());
}
