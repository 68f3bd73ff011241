import { LRUCache } from "lru-cache";
import type { MaintainedCache } from "../../caches/cache.ts";
import type { Recipe } from "../../recipe/recipe.ts";
import { parseLine } from "../../records/parse_line.ts";
import { plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openInput } from "../open/open_input.ts";
import { exportHeaderLine, isExportHeader } from "./export_header.ts";
import { readLines } from "./read_lines.ts";
import { type MaintainedCacheConfig, withMaintainedCache } from "./with_maintained_cache.ts";

export interface CacheExportConfig extends MaintainedCacheConfig {
  readonly flags: { readonly keys: string | undefined };
}

/** Keys looked up in one round trip. */
const windowKeys = 1_000;
/** Keys that are remembered, so that one that comes again is not written again. */
const maxRememberedKeys = 100_000;

/**
 * Writes what the cache holds to standard output, as JSON lines: whose answers they are ({@linkcode exportHeaderLine}),
 * then `{"hash":"…","answer":3}`; or, for the records of a file, `{"company":"…","title":"…","answer":3}`. Holds a batch
 * at a time; a line may come twice.
 */
export function cacheExport(config: CacheExportConfig, io: Io): Promise<number> {
  return withMaintainedCache(config, { create: false }, async ({ cache, namespace, recipe }) => {
    const { keys } = config.flags;
    const input = keys === undefined ? undefined : await openInput(keys);
    io.stdout(exportHeaderLine(recipe, namespace));
    const said = input === undefined
      ? await exportHashes(cache, io)
      : await exportKeys(cache, recipe, { path: keys!, input }, io);
    io.stderr(`${said}\n`);
    return exitStatus.done;
  });
}

async function exportHashes(cache: MaintainedCache, io: Io): Promise<string> {
  let written = 0;
  for await (const entries of cache.entries(io.signal)) {
    io.stdout(
      entries.map(([hash, answer]) => {
        const text = hash.toBase64({ alphabet: "base64url", omitPadding: true });
        return `${JSON.stringify({ hash: text, answer })}\n`;
      }).join(""),
    );
    written += entries.length;
  }
  return `Wrote ${plural(written, "answer")} from ${cache.url}`;
}

interface KeysFile {
  readonly path: string;
  readonly input: ReadableStream<Uint8Array<ArrayBuffer>>;
}

async function exportKeys(
  cache: MaintainedCache,
  recipe: Recipe,
  { input, path }: KeysFile,
  io: Io,
): Promise<string> {
  const seen = new LRUCache<string, true>({ max: maxRememberedKeys });
  let window: { key: string; company: string; title: string }[] = [];
  let written = 0, unknown = 0, passedOver = 0;
  let firstPassedOver = "";
  const look = async () => {
    if (window.length === 0) return;
    const answers = await cache.get(window.map(({ key }) => key), io.signal);
    const lines = window.flatMap(({ company, title }, i) =>
      answers[i] === undefined ? [] : [`${JSON.stringify({ company, title, answer: answers[i] })}\n`]
    );
    io.stdout(lines.join(""));
    written += lines.length;
    unknown += window.length - lines.length;
    window = [];
  };
  for await (const { number, text } of readLines(input, io.signal)) {
    const parsed = typeof text === "string" ? parseLine(text, { recipe, maxKeyBytes: Infinity }) : text;
    if (parsed === undefined) continue;
    if ("reason" in parsed) {
      if (number === 1 && typeof text === "string" && isHeaderText(text)) continue; // an export, as a list of pairs
      if (passedOver++ === 0) firstPassedOver = `line ${number} (${parsed.reason})`;
      continue;
    }
    if (seen.get(parsed.key)) continue;
    seen.set(parsed.key, true);
    const record = JSON.parse(text as string) as Record<string, string>;
    const [company, title] = [record[recipe.companyField]!, record[recipe.titleField]!];
    window.push({ key: parsed.key, company, title });
    if (window.length === windowKeys) await look();
  }
  await look();
  return `Wrote ${plural(written, "answer")} from ${cache.url}; no answer for ${
    plural(unknown, "pair")
  } of ${path}` +
    (passedOver === 0
      ? ""
      : `; skipped ${plural(passedOver, "line")} without a pair, the first at ${firstPassedOver}`);
}

function isHeaderText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && isExportHeader(value as Record<string, unknown>);
  } catch {
    return false;
  }
}
