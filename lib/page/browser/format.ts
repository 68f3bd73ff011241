/** Numbers and times, as the page writes them. */

const wholeFormat = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenthsFormat = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const compactFormat = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const moneyFormat = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
// Rounded down, so that only all of it is 100%.
const ratioFormat = new Intl.NumberFormat("en-US", {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  roundingMode: "floor",
});
const timeFormat = new Intl.DateTimeFormat("en-US", { timeStyle: "medium", hourCycle: "h23" });
const minuteFormat = new Intl.DateTimeFormat("en-US", {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const dayFormat = new Intl.DateTimeFormat("en-US", {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

export const whole = (n: number): string => wholeFormat.format(n);
export const tenths = (n: number): string => tenthsFormat.format(n);
export const rate = (n: number): string => (n < 100 ? tenthsFormat : wholeFormat).format(n);
export const ratio = (n: number): string => ratioFormat.format(n);
export const compact = (n: number): string => compactFormat.format(n);
export const money = (n: number): string => moneyFormat.format(n);
export const time = (ms: number): string => timeFormat.format(ms);
export const minute = (ms: number): string => minuteFormat.format(ms);
export const day = (ms: number): string => dayFormat.format(ms);

/** A share of all lines: rejects are few, and never 0.0%. */
export function share(part: number): string {
  return part < 0.001 ? "less than 0.1%" : ratio(part);
}

/** A count and its noun: `1 line`, `2,000 lines`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${whole(n)} ${n === 1 ? one : many}`;
}

export function size(bytes: number): string {
  if (bytes < 1000) return plural(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let amount = bytes / 1000;
  let unit = 0;
  // From 999.95 on it would be written as 1,000.
  while (amount >= 999.95 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${tenthsFormat.format(amount)} ${units[unit]}`;
}

export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${whole(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${tenthsFormat.format(seconds)} s`;
  return longDuration(seconds);
}

/** Without fractions of a second. */
export function longDuration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor(s % 3_600 / 60)} min`;
  return `${whole(Math.floor(s / 86_400))} d ${Math.floor(s % 86_400 / 3_600)} h`;
}

export function ago(timeMs: number, nowMs: number): string {
  const s = Math.floor((nowMs - timeMs) / 1000);
  if (s < 5) return "just now";
  if (s < 60) return `${s} s ago`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ago`;
  return dayFormat.format(timeMs);
}

/** The beginning of a text, in whole characters. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length + 2));
  return characters.length <= length ? text : `${characters.slice(0, length).join("")}…`;
}

/** With a capital letter at the start. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
