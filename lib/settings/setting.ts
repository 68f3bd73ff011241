/**
 * What one setting is: its name comes from the table (`table.ts`), its flag and environment variable from its
 * name (`maxLineBytes`, `--max-line-bytes`, `SLUICE_MAX_LINE_BYTES`). Declared beside what it sets; from the
 * table come flags, `--help`, the README's table and the checks.
 */
import * as v from "valibot";

export interface Setting<T> {
  /** One line for `--help` and the README: what it does, and its range where it has one. */
  readonly help: string;
  /** Stands for the value in `--help`: `URL`, `N`. Absent for a switch. */
  readonly placeholder?: string;
  /** From text (flag, environment) or JSON (file) to the value. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** Taken when nobody sets it; a setting without default may be left out. */
  readonly default?: T;
  /** May be given several times; the value is an array. */
  readonly repeats?: boolean;
  /** Must not be printed. */
  readonly secret?: boolean;
  /** How the default is written for people, where it is not the value itself. */
  readonly defaultText?: string;
}

/** Any table of settings, by name. */
export type Settings = Readonly<Record<string, Setting<unknown>>>;

type ValueOf<S> = S extends { readonly default: unknown; readonly schema: v.GenericSchema<unknown, infer T> }
  ? T
  : S extends { readonly schema: v.GenericSchema<unknown, infer T> } ? T | undefined
  : never;

/** The values of a table's settings. */
export type Values<Table extends Settings> = { readonly [Name in keyof Table]: ValueOf<Table[Name]> };

interface Told {
  readonly help: string;
  readonly placeholder?: string;
  readonly secret?: boolean;
  readonly defaultText?: string;
}

/** Any text but the empty one. */
export function text<O extends Told & { readonly default?: string }>(options: O) {
  return {
    placeholder: "TEXT",
    ...options,
    schema: v.pipe(v.string("must be text"), v.nonEmpty("must not be empty")),
  };
}

/** Several texts: the flag is given several times; in the environment, one a line. */
export function texts<O extends Told & { readonly default?: readonly string[] }>(options: O) {
  const one = v.pipe(v.string("must be text"), v.nonEmpty("must not be empty"));
  const lines = v.pipe(v.string(), v.transform((value) => value.split("\n").filter((line) => line !== "")));
  return {
    placeholder: "TEXT",
    ...options,
    repeats: true,
    schema: v.pipe(v.union([v.array(one), lines]), v.readonly()),
  };
}

/** On or off. */
export function toggle<O extends Told>(options: O) {
  const words = v.pipe(
    v.picklist(["true", "false", "1", "0"], "must be true or false"),
    v.transform((word) => word === "true" || word === "1"),
  );
  return { ...options, default: false, schema: v.union([v.boolean(), words], "must be true or false") };
}

/** One of a few words. */
export function choice<const W extends readonly string[], O extends Told & { readonly default?: W[number] }>(
  words: W,
  options: O,
) {
  return {
    placeholder: words.join("|"),
    ...options,
    schema: v.picklist(words, `must be one of ${words.join(", ")}`),
  };
}

interface Range {
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

/** A number, fractions allowed. */
export function amount<O extends Told & Range>(options: O) {
  return { placeholder: "N", ...options, schema: numberBetween(options, false) };
}

/** A whole number. */
export function whole<O extends Told & Range>(options: O) {
  return { placeholder: "N", ...options, schema: numberBetween(options, true) };
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
