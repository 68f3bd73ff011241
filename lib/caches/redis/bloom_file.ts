import { createHash, hash } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { BloomFilter, type BloomStage } from "./bloom_filter.ts";
import type { JournalMark } from "./redis_journal.ts";

/** What the file begins with; the number is the format's. */
const magic = "SluiceBloom1\n";
const digestBytes = 32;
/** Written at once. */
const partBytes = 1024 ** 2;

/** The file in a folder for the Bloom filter of a namespace in the cache at an address, which has no secrets in it. */
export function bloomPath(folder: string, url: string, namespace: string): string {
  return join(folder, `${namespace}-${hash("sha256", url).slice(0, 16)}.bloom`);
}

/** A filter of all keys that were written up to a mark. */
export interface SavedFilter {
  readonly filter: BloomFilter;
  readonly mark: JournalMark;
}

/**
 * A file with a filter: a header line of JSON, the bits, and a SHA-256 of both, as a bit lost on the disk would cause keys
 * to be asked again. A new version replaces the file when it is complete.
 */
export class BloomFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** `undefined` if there is no file, or if it is of another format or rate, incomplete, or corrupt. */
  async load(rate: number): Promise<SavedFilter | undefined> {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      const { buffer, byteLength, byteOffset } = await readFile(this.path);
      bytes = new Uint8Array(buffer, byteOffset, byteLength); // a Buffer's slice is no copy
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
    const content = bytes.subarray(0, -digestBytes);
    if (
      bytes.length < digestBytes ||
      !createHash("sha256").update(content).digest().equals(bytes.subarray(-digestBytes))
    ) {
      return undefined;
    }
    const end = content.indexOf(0x0a, magic.length);
    const opening = new TextDecoder().decode(content.subarray(0, magic.length));
    if (opening !== magic || end < 0) return undefined;
    const header: Header = JSON.parse(new TextDecoder().decode(content.subarray(magic.length, end)));
    if (header.rate !== rate) return undefined;
    let at = end + 1;
    const stages = header.stages.map((stage): BloomStage => {
      const words = new Uint32Array(content.slice(at, at += stage.bits / 8).buffer);
      return { ...stage, words };
    });
    return { filter: new BloomFilter({ rate, capacity: 1 }, stages), mark: header.mark };
  }

  /** Keys that are added meanwhile may be in the file or not. */
  async save({ filter, mark }: SavedFilter): Promise<void> {
    const header: Header = {
      rate: filter.rate,
      mark,
      stages: filter.stages.map(({ capacity, bits, probes, added }) => ({ capacity, bits, probes, added })),
    };
    await mkdir(dirname(this.path), { recursive: true });
    const temporary = `${this.path}.${crypto.randomUUID()}.sluice-tmp`;
    try {
      const file = await open(temporary, "w");
      try {
        const digest = createHash("sha256");
        for (const part of partsOf(header, filter)) {
          digest.update(part);
          await file.writeFile(part);
        }
        await file.writeFile(digest.digest());
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}

interface Header {
  readonly rate: number;
  readonly mark: JournalMark;
  readonly stages: readonly Omit<BloomStage, "words">[];
}

/** Copies, so that the written bytes are those of the digest. */
function* partsOf(header: Header, { stages }: BloomFilter): Generator<Uint8Array> {
  yield new TextEncoder().encode(`${magic}${JSON.stringify(header)}\n`);
  for (const { words } of stages.slice(0, header.stages.length)) {
    const bytes = new Uint8Array(words.buffer);
    for (let at = 0; at < bytes.length; at += partBytes) yield bytes.slice(at, at + partBytes);
  }
}
