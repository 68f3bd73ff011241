import { bucketScripts } from "../../lib/caches/redis/redis_buckets.ts";
import type { Reply } from "./redis.ts";
import type { RedisKeyspace } from "./redis_keyspace.ts";

/** What a script does to a keyspace. */
export type FakeScript = (keyspace: RedisKeyspace, keys: readonly string[], args: readonly string[]) => Reply;

const maxBucketEntries = 127;
const maxDepth = 20;
const tokenBytes = 16;
const journalEntryBytes = 64;
const maxJournalBytes = 8 * 1024 ** 2;
const maxReplyBytes = 256 * 1024;

/** What each script of the buckets means, by its SHA-1; a test compares both on a real server. */
export const bucketScriptsBySha1: Readonly<Record<string, FakeScript>> = {
  [bucketScripts.lookup.sha1]: (keyspace, keys, [records]) =>
    recordsOf(records!).map(({ path, field, tag }) => find(keyspace, keys[tag]!, path).get(field) ?? null),

  [bucketScripts.carry.sha1]: (keyspace, keys, [records, expiresAt]) =>
    recordsOf(records!).map(({ path, field, tag }) => {
      const [now, last] = [keys[2 * tag]!, keys[2 * tag + 1]!];
      const found = find(keyspace, now, path).get(field);
      const carried = found ?? find(keyspace, last, path).get(field);
      if (found === undefined && carried !== undefined) {
        place(keyspace, now, path, field, carried, Number(expiresAt));
      }
      return carried ?? null;
    }),

  [bucketScripts.store.sha1]: (keyspace, keys, [records, answers, expiresAt, token]) => {
    const values = answers!.split(",");
    const [journal, bases] = token ? [keys[0], keys.slice(1)] : [undefined, keys];
    if (journal !== undefined && keyspace.has(journal)) note(keyspace, journal, token!, records!);
    recordsOf(records!).forEach(({ path, field, tag }, i) =>
      place(keyspace, bases[tag]!, path, field, values[i]!, expiresAt ? Number(expiresAt) : undefined)
    );
    return null;
  },

  [bucketScripts.follow.sha1]: (keyspace, [journal], [number, token, keptMs]) => {
    const noted = () => keyspace.getHash(journal!);
    let at: number;
    if (number === "") {
      if (noted() === undefined) {
        const bytes = `${tokenBytes + journalEntryBytes}`;
        keyspace.setFields(journal!, [["first", "0"], ["last", "0"], ["0", token!], ["bytes", bytes]]);
      }
      at = Number(noted()!.get("last"));
    } else {
      at = Number(number);
      if (noted()?.get(number!)?.slice(0, tokenBytes) !== token) return [];
    }
    const expiresAt = keyspace.expiresAt(journal!);
    if (expiresAt === undefined || expiresAt - Date.now() < Number(keptMs) / 2) {
      keyspace.expireAt(journal!, Date.now() + Number(keptMs));
    }
    const last = Number(noted()!.get("last"));
    let records = "", bytes = 0;
    while (at < last && bytes < maxReplyBytes) {
      const entry = noted()!.get(`${++at}`)!;
      records += entry.slice(tokenBytes);
      bytes += entry.length;
    }
    return [at, noted()!.get(`${at}`)!.slice(0, tokenBytes), records, at === last ? 1 : 0];
  },

  [bucketScripts.walk.sha1]: (keyspace, [base], [start, limit]) => {
    const depths = directory(keyspace, base!);
    const numbers: number[] = [];
    let at = Number(start);
    for (; at < depths.length && numbers.length < Number(limit); at++) {
      if (at < 2 ** depths[at]!) numbers.push(at);
    }
    const buckets = numbers.map((number) => [...keyspace.getHash(`${base}${number}`) ?? []].flat());
    return [at < depths.length ? at : -1, numbers, buckets];
  },
};

function note(keyspace: RedisKeyspace, journal: string, token: string, records: string): void {
  const noted = () => keyspace.getHash(journal)!;
  const number = Number(noted().get("last")) + 1;
  const entry = token + records;
  let bytes = Number(noted().get("bytes")) + entry.length + journalEntryBytes;
  let first = Number(noted().get("first"));
  keyspace.setFields(journal, [["last", `${number}`], [`${number}`, entry]]);
  for (; bytes > maxJournalBytes && first < number; first++) {
    bytes -= noted().get(`${first}`)!.length + journalEntryBytes;
    keyspace.deleteFields(journal, [`${first}`]);
  }
  keyspace.setFields(journal, [["first", `${first}`], ["bytes", `${bytes}`]]);
}

/** Records with the place of their tag among the tags. */
function recordsOf(text: string): { path: number; field: string; tag: number }[] {
  let tag = -1;
  return Array.from({ length: text.length / 8 }, (_, i) => {
    const record = text.slice(i * 8, i * 8 + 8);
    const code = (at: number) => record.charCodeAt(at);
    if (i === 0 || code(0) >> 2 !== text.charCodeAt(i * 8 - 8) >> 2) tag++;
    return { path: code(0) % 4 + 4 * pathOf(record.slice(1)), field: record.slice(1), tag };
  });
}

/** The path below the root: the field's first three bytes, lowest first. */
function pathOf(field: string): number {
  return field.charCodeAt(0) + 2 ** 8 * field.charCodeAt(1) + 2 ** 16 * field.charCodeAt(2);
}

/** The depth of the bucket that each number leads to. */
function directory(keyspace: RedisKeyspace, base: string): number[] {
  return Array.from(keyspace.getString(base) ?? "\x02\x02\x02\x02", (char) => char.charCodeAt(0));
}

function bucketOf(keyspace: RedisKeyspace, base: string, path: number): { number: number; depth: number } {
  const depths = directory(keyspace, base);
  const depth = depths[path % depths.length]!;
  return { number: path % 2 ** depth, depth };
}

function find(keyspace: RedisKeyspace, base: string, path: number): ReadonlyMap<string, string> {
  return keyspace.getHash(`${base}${bucketOf(keyspace, base, path).number}`) ?? new Map();
}

function place(
  keyspace: RedisKeyspace,
  base: string,
  path: number,
  field: string,
  answer: string,
  expiresAt: number | undefined,
): void {
  let { number, depth } = bucketOf(keyspace, base, path);
  keyspace.setFields(`${base}${number}`, [[field, answer]]);
  if (expiresAt !== undefined) keyspace.expireAt(`${base}${number}`, expiresAt);
  const size = () => keyspace.getHash(`${base}${number}`)?.size ?? 0; // none where its end has passed
  while (size() > maxBucketEntries && depth < maxDepth) {
    const [name, sibling] = [`${base}${number}`, `${base}${number + 2 ** depth}`];
    const moved = [...keyspace.getHash(name)!].filter(([field]) => pathOf(field) >> (depth - 2) & 1);
    if (moved.length > 0) keyspace.setFields(sibling, moved);
    keyspace.deleteFields(name, moved.map(([field]) => field));
    let depths = directory(keyspace, base);
    if (depths.length === 2 ** depth) depths = [...depths, ...depths];
    for (let at = number; at < depths.length; at += 2 ** depth) depths[at] = depth + 1;
    keyspace.setString(base, String.fromCharCode(...depths));
    if (expiresAt !== undefined) { for (const key of [base, sibling]) keyspace.expireAt(key, expiresAt); }
    ({ number, depth } = bucketOf(keyspace, base, path));
  }
}
