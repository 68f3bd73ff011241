import { parse } from "@std/jsonc/parse.js";
import { reasonOf } from "../errors/sluice_error.ts";
import { ConfigError } from "./config_error.ts";

/** Read if no file is named; it may be missing. */
export const defaultConfigPath = "sluice.jsonc";

/** A file of settings, as it was written: nothing but its syntax is checked. */
export interface ConfigFile {
  readonly path: string;
  /** Key and value of each entry, in the file's order. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Line of each key, from 1; of keys within an object of the outermost one, by both: `cache.ttl`. */
  readonly lines: ReadonlyMap<string, number>;
}

/**
 * Reads a file of settings; without a path the default one, and returns `undefined` if that is missing.
 *
 * @throws {ConfigError} The file cannot be read, is not JSON with comments, or has a key twice.
 */
export async function readConfigFile(path?: string): Promise<ConfigFile | undefined> {
  const file = path ?? defaultConfigPath;
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (path === undefined) return undefined;
      throw new ConfigError([`Cannot read the settings in ${file}: there is no such file`]);
    }
    throw new ConfigError([`Cannot read the settings in ${file}: ${reasonOf(error)}`]);
  }
  return parseConfigFile(text, file);
}

/**
 * Takes apart the text of a file of settings; `path` is for messages.
 *
 * @throws {ConfigError} It is not JSON with comments, not an object, or has a key twice.
 */
export function parseConfigFile(text: string, path: string): ConfigFile {
  const json = text.replace(/^\ufeff/, "");
  let values: unknown;
  try {
    values = parse(json);
  } catch (error) {
    throw new ConfigError([`Cannot read the settings in ${path}${syntaxProblem(json, error as Error)}`]);
  }
  if (typeof values !== "object" || values === null || Array.isArray(values)) {
    throw new ConfigError([`Cannot read the settings in ${path}: it must hold one object, { … }`]);
  }
  const lines = new Map<string, number>();
  for (const [key, line] of keysWithLines(json)) {
    const before = lines.get(key);
    if (before !== undefined) {
      throw new ConfigError([
        `Cannot read the settings in ${path}: ${key} is set on line ${before} and line ${line}`,
      ]);
    }
    lines.set(key, line);
  }
  return { path, values: values as Record<string, unknown>, lines };
}

/** The parser's own message quotes the text that it stumbled over, which may be a secret; only its position is used. */
function syntaxProblem(json: string, error: Error): string {
  const position = /at position (\d+)$/.exec(error.message)?.[1];
  if (position === undefined) return ": it ends too early, a bracket, brace, quote or comment is not closed";
  const line = lineAt(json, Number(position));
  return ` line ${line}: it is not JSON with comments, a comma, colon or quote may be missing there or just before`;
}

/**
 * Keys of the outermost object of valid JSONC, and of the objects in it, joined with a dot. A string there is a key if a
 * brace or a comma stands before it.
 */
function* keysWithLines(json: string): Generator<[key: string, line: number]> {
  const open: string[] = [];
  let before = "", section = "";
  for (const { 0: token, index } of json.matchAll(/"(?:\\.|[^"\\])*"|\/\/.*|\/\*[^]*?\*\/|[{}[\]:,]/g)) {
    if (token.startsWith("/")) continue;
    const isKey = token.startsWith('"') && open.at(-1) === "{" && (before === "{" || before === ",");
    if (isKey && open.length <= 2) {
      const key = JSON.parse(token) as string;
      if (open.length === 1) section = key;
      yield [open.length === 1 ? key : `${section}.${key}`, lineAt(json, index)];
    }
    if (token === "{" || token === "[") open.push(token);
    if (token === "}" || token === "]") open.pop();
    before = token;
  }
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
