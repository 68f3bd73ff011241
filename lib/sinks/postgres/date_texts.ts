const date = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const time = String.raw`(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.(\d+))?)?`;
const zone = String.raw`(?:[Zz]|[+-](?:0\d|1[0-4])(?::?[0-5]\d)?)`;

const datePattern = new RegExp(`^${date}$`);
const timePattern = new RegExp(`^${time}$`);
const zonedTimePattern = new RegExp(`^${time} ?${zone}$`);
const timestampPattern = new RegExp(`^${date}[Tt ]${time}$`);
const zonedTimestampPattern = new RegExp(`^${date}[Tt ]${time} ?${zone}$`);
/** A duration of ISO 8601 in whole numbers, but for seconds; or hours, minutes and seconds. */
const durationPattern =
  /^P(?=\d|T\d)(?:\d{1,6}Y)?(?:\d{1,6}M)?(?:\d{1,6}W)?(?:\d{1,6}D)?(?:T(?=\d)(?:\d{1,6}H)?(?:\d{1,6}M)?(?:\d{1,6}(?:\.\d{1,6})?S)?)?$|^\d{2,6}:[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?$/;

/** Digits of a second that PostgreSQL keeps at most. */
const maxFractionDigits = 6;

/** Whether a text is a date that a calendar has, `2024-02-29`, from the year 1 to 9999. */
export function isDate(text: string): boolean {
  return isInCalendar(datePattern.exec(text));
}

/** Whether a text is a time of day, `10:00` or `10:00:00.5`; `digits` of a second at most; with an offset if so wanted. */
export function isTime(text: string, digits: number | undefined, hasZone: boolean): boolean {
  const match = (hasZone ? zonedTimePattern : timePattern).exec(text);
  return match !== null && isKept(match[1], digits);
}

/** Whether a text is a date and a time of day, with `T` or a blank between; `digits` and offset as in {@linkcode isTime}. */
export function isTimestamp(text: string, digits: number | undefined, hasZone: boolean): boolean {
  const match = (hasZone ? zonedTimestampPattern : timestampPattern).exec(text);
  return isInCalendar(match) && isKept(match![4], digits);
}

/** Whether a text is a duration whose parts PostgreSQL keeps: `P1DT2H`, `PT0.5S`, `36:00:00`. */
export function isDuration(text: string): boolean {
  return durationPattern.test(text);
}

function isKept(fraction: string | undefined, digits = maxFractionDigits): boolean {
  return fraction === undefined || fraction.replace(/0+$/, "").length <= digits;
}

function isInCalendar(match: RegExpExecArray | null): boolean {
  if (match === null) return false;
  const year = Number(match[1]), month = Number(match[2]), day = Number(match[3]);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? isLeap ? 29 : 28 : [4, 6, 9, 11].includes(month) ? 30 : 31);
}
