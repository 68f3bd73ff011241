/**
 * One setting, declared beside what it sets. Settings stand in groups (`{ url, ca, timeout }`), groups in sections
 * (`cache`); from these come flags, variables, keys of the file, `--help`, the reference, the JSON Schema and the checks.
 */
import * as v from "valibot";

/** A JSON Schema (2020-12) of one value. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Setting<T> {
  /** One line for `--help` and the reference: what it does, and its range if it has one. */
  readonly help: string;
  /** Its flat name, which flag and variable are made of; defaults to section and key joined (`cacheTimeout`). */
  readonly name?: string;
  /** Its heading in `--help`; defaults to its section's. */
  readonly heading?: string;
  /** The unit that the built value is in, which its name ends with: `timeout` is built as `timeoutSeconds`. */
  readonly unit?: "Seconds" | "Bytes";
  /** An earlier flat name, in a bare number of some unit; it is refused, with the new name in the message. */
  readonly was?: { readonly name: string; readonly unit: string };
  /** What a file of settings may hold for it. */
  readonly json: JsonSchema;
  /** Stands for the value in `--help`: `URL`, `N`. Absent for a switch. */
  readonly placeholder?: string;
  /** From text (flag, environment) or JSON (file) to the value. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** Used if it is not set; a setting without a default may be left out. */
  readonly default?: T;
  /** May be given several times; the value is an array. */
  readonly repeats?: boolean;
  /** Must not be printed. */
  readonly secret?: boolean;
  /** How the default is written, if that is not the value itself. */
  readonly defaultText?: string;
  /** Another program's environment variable, used if ours is not set. */
  readonly fallbackVariable?: string;
  /** Must be given; completes the error with what to give, and why there is no default. */
  readonly required?: string;
  /** Has no flag: it is read from the environment and the file only. */
  readonly noFlag?: boolean;
}

/** A group of settings, by key. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends
  & { readonly schema: v.GenericSchema<unknown, infer T> }
  & ({ readonly default: unknown } | { readonly required: string }) ? T
  : S extends { readonly schema: v.GenericSchema<unknown, infer T> } ? T | undefined
  : never;

/** A key in the built settings: with its unit behind it, unless it ends with that already. */
type BuiltKey<Key, S> = S extends { readonly unit: infer Unit extends string }
  ? Key extends `${string}${Unit}` ? Key : `${Key & string}${Unit}`
  : Key;

/** The built values of a group: checked, complete, numbers with their units in their names. */
export type Values<Group extends Settings> = {
  readonly [Key in keyof Group as BuiltKey<Key, Group[Key]>]: ValueOf<Group[Key]>;
};

/** A setting's key in the built settings. */
export function builtKey(key: string, { unit }: Setting<unknown>): string {
  return unit === undefined || key.endsWith(unit) ? key : key + unit;
}

/** The setting as one that may be left out; `changes` replace other parts of it. */
export function optional<S extends Setting<unknown>, Changes extends Partial<Setting<unknown>>>(
  { required: _, ...setting }: S,
  changes: Changes = {} as Changes,
): Omit<S, "required" | keyof Changes> & Changes {
  return { ...setting, ...changes } as unknown as Omit<S, "required" | keyof Changes> & Changes;
}

interface SettingOptions {
  readonly help: string;
  readonly name?: string;
  readonly heading?: string;
  readonly was?: { readonly name: string; readonly unit: string };
  readonly placeholder?: string;
  readonly secret?: boolean;
  readonly defaultText?: string;
  readonly required?: string;
  readonly fallbackVariable?: string;
}

/** Any text but the empty one. */
export function text<O extends SettingOptions & { readonly default?: string }>(options: O) {
  return {
    placeholder: "TEXT",
    ...options,
    json: { type: "string", minLength: 1 },
    schema: v.pipe(v.string("must be text"), v.nonEmpty("must have at least one character")),
  };
}

/** Several texts: the flag is given several times; in the environment, one a line. */
export function texts<O extends SettingOptions & { readonly default?: readonly string[] }>(options: O) {
  const one = v.pipe(v.string("must be text"), v.nonEmpty("must have at least one character"));
  const lines = v.pipe(v.string(), v.transform((value) => value.split("\n").filter((line) => line !== "")));
  return {
    placeholder: "TEXT",
    ...options,
    repeats: true,
    json: { type: ["array", "string"], items: { type: "string", minLength: 1 } },
    schema: v.pipe(v.union([v.array(one), lines], "must be text, or a list of texts"), v.readonly()),
  };
}

/** An address in one of the given forms; `accepts` recognizes them. */
export function address<
  O extends SettingOptions & {
    readonly forms: readonly string[];
    readonly accepts: RegExp;
    readonly default?: string;
  },
>(options: O) {
  const message = `must be one of ${options.forms.join(", ")}`;
  return {
    placeholder: "URL",
    ...options,
    json: { type: "string", pattern: options.accepts.source, examples: options.forms },
    schema: v.pipe(v.string(message), v.regex(options.accepts, message)),
  };
}

/** On or off. */
export function toggle<O extends SettingOptions>(options: O) {
  const words = v.pipe(
    v.picklist(["true", "false", "1", "0"], "must be true or false"),
    v.transform((word) => word === "true" || word === "1"),
  );
  return {
    ...options,
    default: false,
    json: { type: "boolean" },
    schema: v.union([v.boolean(), words], "must be true or false"),
  };
}

/** One of a few words. */
export function choice<
  const W extends readonly string[],
  O extends SettingOptions & { readonly default?: W[number] },
>(
  words: W,
  options: O,
) {
  return {
    placeholder: words.join("|"),
    ...options,
    json: { enum: words },
    schema: v.picklist(words, `must be one of ${words.join(", ")}`),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

const secondsOf = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * A length of time with its unit: `500ms`, `10s`, `5m`, `24h`, `90d`. The value is in seconds.
 *
 * @param options `min`, `max` and `default` in the same form.
 */
export function period<
  O extends SettingOptions & { readonly min: string; readonly max: string; readonly default?: string },
>(
  options: O,
): Period<O> {
  const seconds = (text: string) => {
    const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
    return amount === undefined ? NaN : Number(amount) * secondsOf[unit as keyof typeof secondsOf];
  };
  const [min, max] = [seconds(options.min), seconds(options.max)];
  const message = `must be a time with its unit, from ${options.min} to ${options.max}`;
  return {
    placeholder: "TIME",
    ...options,
    ...(options.default === undefined
      ? {}
      : { default: seconds(options.default), defaultText: options.default }),
    unit: "Seconds",
    json: { type: "string", pattern: "^\\s*\\d+(\\.\\d+)? ?(ms|s|m|h|d)\\s*$" },
    schema: v.pipe(v.string(message), v.transform(seconds), v.check((n) => n >= min && n <= max, message)),
  } as Period<O>;
}

/** A setting in seconds; with a default if one was given. */
type Period<O> =
  & Omit<O, "default">
  & { readonly unit: "Seconds"; readonly json: JsonSchema; readonly schema: v.GenericSchema<unknown, number> }
  & (O extends { readonly default: string } ? { readonly default: number } : unknown);

/** A number, fractions allowed. */
export function amount<O extends SettingOptions & Range>(options: O) {
  return {
    placeholder: "N",
    ...options,
    json: numberJson("number", options),
    schema: numberBetween(options, false),
  };
}

/** A whole number. */
export function whole<O extends SettingOptions & Range>(options: O) {
  return {
    placeholder: "N",
    ...options,
    json: numberJson("integer", options),
    schema: numberBetween(options, true),
  };
}

const units = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A size in bytes: a number, or a number with KiB, MiB or GiB behind it. */
export function bytes<O extends SettingOptions & Range>(options: O) {
  const message = `must be from ${writeBytes(options.min)} to ${
    writeBytes(options.max)
  }, in bytes or as in 16MiB`;
  const whole = numberBetween(options, true);
  const sized = v.pipe(
    v.string(message),
    v.trim(),
    v.regex(/^\d+(\.\d+)? ?([KMG]iB)?$/, message),
    v.transform((size) => {
      const [, amount, unit] = /^([\d.]+) ?(.*)$/.exec(size)!;
      return Number(amount) * units[unit as keyof typeof units];
    }),
  );
  return {
    placeholder: "BYTES",
    ...options,
    ...(options.default === undefined ? {} : { defaultText: writeBytes(options.default) }),
    unit: "Bytes" as const,
    json: {
      anyOf: [
        numberJson("integer", options),
        { type: "string", pattern: "^\\s*\\d+(\\.\\d+)? ?(KiB|MiB|GiB)?\\s*$" },
      ],
      ...(options.default === undefined ? { examples: [writeBytes(options.min)] } : {}),
    },
    schema: v.pipe(
      v.union([v.number(message), sized], message),
      v.check((n) => v.is(whole, n), message),
    ),
  };
}

/** In the largest unit that divides it: `1MiB`, `1536KiB`, `1000`. */
function writeBytes(size: number): string {
  const unit = (["GiB", "MiB", "KiB"] as const).find((unit) => size > 0 && size % units[unit] === 0) ?? "";
  return `${size / units[unit]}${unit}`;
}

/** A point in time: an ISO date or date and time (UTC where it names no zone), or unix seconds. The value is in unix seconds. */
export function moment<O extends SettingOptions>(options: O) {
  const message =
    "must be a date (2024-07-17), a date and time (2024-07-17T08:30:00Z) or unix seconds (1721183934)";
  return {
    placeholder: "TIME",
    ...options,
    json: { type: ["string", "integer"], examples: ["2024-07-17"] },
    schema: v.pipe(
      v.union([v.number(message), v.string(message)], message),
      v.transform(unixSeconds),
      v.check((seconds) => !Number.isNaN(seconds), message),
    ),
  };
}

function unixSeconds(value: string | number): number {
  const written = String(value).trim();
  // Nine digits at least, so that 20240717 is not taken for a day in 1970; eleven at most: no milliseconds.
  if (/^\d{9,11}$/.test(written)) return Number(written);
  const [, day, time, seconds = "", zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.exec(written) ?? [];
  if (day === undefined) return NaN;
  // Date.parse takes 30 February for 1 March.
  const midnight = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return NaN;
  return Date.parse(`${day}T${time ?? "00:00"}${seconds}${zone}`) / 1000;
}

/** A setting's default as users read it; "" if it has none. */
export function defaultOf({ default: value, defaultText, required }: Setting<unknown>): string {
  if (required !== undefined) return "required";
  if (defaultText !== undefined) return defaultText;
  return value === undefined || value === false ? "" : String(value);
}

function numberJson(type: "number" | "integer", { min, max }: Range): JsonSchema {
  return { type, minimum: min, maximum: max };
}

function numberBetween(range: Range, isWhole: boolean): v.GenericSchema<unknown, number> {
  const message = `must be a${isWhole ? " whole" : ""} number from ${range.min} to ${range.max}`;
  return v.pipe(
    v.union([
      v.number(message),
      v.pipe(v.string(message), v.trim(), v.nonEmpty(message), v.transform(Number)),
    ], message),
    v.check((n) => n >= range.min && n <= range.max && (!isWhole || Number.isInteger(n)), message),
  );
}
