import { SluiceError } from "../errors/sluice_error.ts";
import type { TextLine } from "../records/stages/text_lines.ts";
import type { Store } from "../stores/store.ts";
import { readLinesBeside, type ReadLinesBesideOptions } from "./lines_beside.ts";

/** How many rejects of each reason are kept beside an output. */
export type KeptRejects = Readonly<Record<string, number>>;

/**
 * Reads a rejects object; empty if there is none.
 *
 * @throws {SluiceError} It cannot be read, or a line is none that Sluice wrote.
 */
export async function keptRejects(
  store: Pick<Store, "url" | "head" | "read">,
  name: string,
  options: ReadLinesBesideOptions,
): Promise<KeptRejects> {
  const kept = await readLinesBeside(store, name, (lines) => countReasons(store.url + name, lines), options);
  return kept ?? {};
}

async function countReasons(address: string, lines: ReadableStream<TextLine[]>): Promise<KeptRejects> {
  const reasons: Record<string, number> = {};
  let number = 0;
  for await (const some of lines) {
    for (const line of some) {
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
