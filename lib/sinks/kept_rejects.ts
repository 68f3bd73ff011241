import { SluiceError } from "../errors/sluice_error.ts";
import { readTextLines } from "../records/read_records.ts";
import { ObjectChangedError, ObjectGoneError, type Store } from "../stores/store.ts";

/** How many rejects of each reason are kept beside an output. */
export type KeptRejects = Readonly<Record<string, number>>;

/** A line holds at most 64 KiB of a record, which JSON may write with six bytes each, and its object's address. */
const maxLineBytes = 1024 ** 2;
const maxExpansion = 1_000;
/** How often an object is read that is replaced meanwhile. */
const maxReads = 3;

/**
 * Reads a rejects object; empty if there is none.
 *
 * @throws {SluiceError} It cannot be read, or a line is none that Sluice wrote.
 */
export async function keptRejects(
  store: Pick<Store, "url" | "head" | "read">,
  name: string,
  signal: AbortSignal,
): Promise<KeptRejects> {
  for (let read = 1;; read++) {
    const object = await store.head(name, signal);
    if (object === undefined) return {};
    try {
      return await countReasons(store.url + name, await store.read(object, 0, signal));
    } catch (error) {
      const isOther = error instanceof ObjectGoneError || error instanceof ObjectChangedError;
      if (!isOther || read === maxReads) throw error;
    }
  }
}

async function countReasons(
  address: string,
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<KeptRejects> {
  const reasons: Record<string, number> = {};
  let number = 0;
  for await (const lines of readTextLines(bytes, { maxExpansion, maxLineBytes })) {
    for (const line of lines) {
      number++;
      const reason = reasonIn(line);
      if (reason === undefined) {
        throw new SluiceError({
          kind: "data",
          action: "read",
          subject: address,
          reason: `line ${number} is not a reject that Sluice wrote`,
        });
      }
      reasons[reason] = (reasons[reason] ?? 0) + 1;
    }
  }
  return reasons;
}

function reasonIn(line: unknown): string | undefined {
  if (typeof line !== "string") return undefined;
  try {
    const { reason } = JSON.parse(line) as { reason?: unknown };
    return typeof reason === "string" ? reason : undefined;
  } catch {
    return undefined;
  }
}
