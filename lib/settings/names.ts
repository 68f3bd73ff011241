/** A setting's flag: `maxLineBytes` is `--max-line-bytes`. */
export function flagOf(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** A setting's environment variable: `maxLineBytes` is `SLUICE_MAX_LINE_BYTES`. */
export function variableOf(setting: string): string {
  return `SLUICE_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}
