import type { HashedEntry, MaintainedCache } from "../../caches/cache.ts";
import { keyHash } from "../../caches/key_hash.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import { levelRange } from "../../seniority/level_range.ts";
import { type Recipe, recipeKey } from "../../recipe/recipe.ts";
import { recipeText } from "../open/recipe_of.ts";
import { plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openInput } from "../open/open_input.ts";
import {
  type ExportHeader,
  exportHeaderOf,
  exportHeaderText,
  isExportHeader,
  mayBeTrusted,
} from "./export_header.ts";
import { readLines } from "./read_lines.ts";
import { refuseOtherTrust, type trustModelSettings } from "./trust_model.ts";
import type { Values } from "../../settings/setting.ts";
import {
  type MaintainedCacheConfig,
  type OpenedCache,
  withMaintainedCache,
} from "./with_maintained_cache.ts";

/** Answers of one write. */
const batchEntries = 1_000;
/** Bytes of the hashes that caches keep, buckets and others. */
const knownHashBytes = [8, 16];

/** The settings of an import. */
export interface CacheImportConfig extends MaintainedCacheConfig {
  readonly flags: Values<typeof trustModelSettings>;
}

/**
 * Stores what `sluice cache export` wrote, in either form, from a file or standard input. A line that cannot be used
 * ends it; what stands before that line is stored. Answers are refused that are not of the model that they would be
 * stored for, or do not say whose they are, unless the user does.
 */
export function cacheImport(
  { flags, ...config }: CacheImportConfig,
  path: string | undefined,
  io: Io,
): Promise<number> {
  return withMaintainedCache(config, { create: true }, async (opened) => {
    const { cache, recipe } = opened;
    refuseOtherTrust(flags.trustModel, recipe);
    const isTrusted = flags.trustModel !== undefined;
    const input = path === undefined ? io.stdin : await openInput(path);
    let stored = 0;
    try {
      for await (
        const entries of batches(input, path ?? "standard input", { ...opened, isTrusted }, io.signal)
      ) {
        await cache.setHashed(entries, io.signal);
        stored += entries.length;
      }
    } finally {
      io.stderr(`Stored ${plural(stored, "answer")} in ${cache.url}, ${recipeText(recipe)}\n`);
    }
    return exitStatus.done;
  });
}

/** The entries of the lines; if one cannot be used, those before it come first. */
async function* batches(
  input: ReadableStream<Uint8Array<ArrayBuffer>>,
  name: string,
  { cache, isTrusted, namespace, recipe }: OpenedCache & { readonly isTrusted: boolean },
  signal: AbortSignal,
): AsyncGenerator<readonly HashedEntry[]> {
  let batch: HashedEntry[] = [];
  /** Of the lines that follow. */
  let header: ExportHeader | undefined;
  const read = (line: string): HashedEntry | WrongLine | undefined => {
    const object = objectOf(line);
    if (object === undefined) return { reason: "it is not JSON" };
    if (object === null) return { reason: "it is not a JSON object" };
    if (isExportHeader(object)) {
      header = exportHeaderOf(object);
      if (header === undefined) {
        return { reason: "it is the first line of an export that this version does not know" };
      }
      return checkHeader(header, { isTrusted, namespace, recipe });
    }
    const entry = entryOf(object, recipe, cache);
    if ("reason" in entry) return entry;
    if (header === undefined && !isTrusted) return unknownOrigin(recipe);
    if (header !== undefined && header.normalize !== recipe.normalize && object.hash !== undefined) {
      return {
        reason: `its hash is of a key as --normalize ${header.normalize} has it, not ${recipe.normalize}; ` +
          "export with --keys, so that lines have company and title",
      };
    }
    return entry;
  };
  for await (const { number, text } of readLines(input, signal)) {
    const entry = typeof text === "string" ? read(text) : { reason: removedText[text.reason] ?? text.reason };
    if (entry === undefined) continue;
    if ("reason" in entry) {
      if (batch.length > 0) yield batch;
      throw new SluiceError({
        kind: "data",
        action: "import",
        subject: `line ${number} of ${name}`,
        reason: entry.reason,
      });
    }
    batch.push(entry);
    if (batch.length === batchEntries) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

const removedText: Readonly<Record<string, string>> = {
  invalid_utf8: "it is not UTF-8",
  line_too_long: "it is longer than 16 MiB",
};

/** Why a line cannot be used. */
interface WrongLine {
  readonly reason: string;
}

interface ImportRules {
  readonly recipe: Recipe;
  readonly namespace: string;
  readonly isTrusted: boolean;
}

/** Why the answers behind a header may not be stored; undefined if they may. */
function checkHeader(
  header: ExportHeader,
  { isTrusted, namespace, recipe }: ImportRules,
): WrongLine | undefined {
  if (header.namespace === namespace) return undefined;
  const mayTrust = mayBeTrusted(header, recipe);
  if (isTrusted && mayTrust) return undefined;
  const way = mayTrust
    ? `set --model-name, --model-version and --normalize to theirs, or add --trust-model ${
      modelOf(recipe)
    } ` +
      "if you know better"
    : "those of the word list are made up, and are never another model's";
  return {
    reason: `what follows are answers of ${exportHeaderText(header)}, not of ${recipeText(recipe)}: ${way}`,
  };
}

function unknownOrigin(recipe: Recipe): WrongLine {
  const model = modelOf(recipe);
  return {
    reason: "nothing before it says whose answers these are, as the first line of an export does: " +
      `add --trust-model ${model} if they are answers of ${model}`,
  };
}

function modelOf({ modelName, modelVersion }: Recipe): string {
  return `${modelName}:${modelVersion}`;
}

/** The entry that a line's object is. */
function entryOf(
  object: Readonly<Record<string, unknown>>,
  recipe: Recipe,
  { hashBytes, url }: MaintainedCache,
): HashedEntry | WrongLine {
  const { answer, company, hash, title } = object;
  const { max, min } = levelRange;
  if (!Number.isInteger(answer) || (answer as number) < min || (answer as number) > max) {
    return {
      reason: `answer must be a whole number from ${min} to ${max}, is ${
        JSON.stringify(answer) ?? "missing"
      }`,
    };
  }
  if (hash === undefined) {
    for (const [name, value] of Object.entries({ company, title })) {
      if (typeof value !== "string" || !value.isWellFormed()) {
        return { reason: `it needs a hash, or company and title as texts; ${name} is ${typeText(value)}` };
      }
    }
    return [keyHash(recipeKey(company as string, title as string, recipe)), answer as number];
  }
  if (company !== undefined || title !== undefined) {
    return { reason: "it has both a hash and company or title" };
  }
  const bytes = hashOf(hash);
  if (bytes === undefined || !knownHashBytes.includes(bytes.length)) {
    return { reason: `hash must be ${knownHashBytes.join(" or ")} bytes in base64url` };
  }
  if (bytes.length < hashBytes) {
    return {
      reason: `its hash has ${bytes.length} bytes, ${url} uses hashes of ${hashBytes}; ` +
        "export with --keys, so that lines have company and title",
    };
  }
  return [bytes, answer as number];
}

/** A line's object; `null` if it is another value, `undefined` if it is not JSON. */
function objectOf(line: string): Record<string, unknown> | null | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return typeof value === "object" && !Array.isArray(value) ? value as Record<string, unknown> | null : null;
}

function hashOf(hash: unknown): Uint8Array | undefined {
  if (typeof hash !== "string" || !/^[\w-]+$/.test(hash)) return undefined;
  try {
    return Uint8Array.fromBase64(hash, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function typeText(value: unknown): string {
  if (value === undefined) return "missing";
  return typeof value === "string"
    ? "not well-formed Unicode"
    : value === null
    ? "null"
    : `a ${typeof value}`;
}
