import type { Batch, ObjectCounts, Reject } from "../batch.ts";
import { cutBytes, rejectLine } from "../rejects.ts";
import type { Codec } from "./decompress.ts";
import { LinesObject } from "./lines_object.ts";
import type { ObjectWriter } from "./upload.ts";

/** An object's rejects on their way to an object of their own, in the order of the records. */
export class RejectsObject extends LinesObject implements RejectsSink {
  readonly #address: string;

  /** @param address The source object's, for the reader of the rejects. */
  constructor(address: string, codec: Codec, output: ObjectWriter) {
    super(codec, output);
    this.#address = address;
  }

  /** Takes a batch's rejects in; waits while the store is slower. */
  async write(rejects: readonly Reject[]): Promise<void> {
    await this.writeLines(rejects.map((reject) => rejectLine(this.#address, reject)).join(""));
  }
}

/** Where rejects go: a {@linkcode RejectsObject}, or the end of an answer. */
export interface RejectsSink {
  /** Takes a batch's rejects in, in the order of the records. */
  write(rejects: readonly Reject[]): Promise<void> | void;
}

/** Sets each batch's rejects aside, with the records whose question the model refused, and lets the batch on. */
export class RejectsStream extends TransformStream<Batch, Batch> {
  constructor(rejects: RejectsSink, counts: ObjectCounts) {
    super({
      async transform(batch, controller) {
        const refused = refusedRecords(batch);
        for (const { reason } of refused) counts.reject(reason);
        const all = [...batch.rejects, ...refused].sort((a, b) => a.line - b.line);
        if (all.length > 0) await rejects.write(all);
        controller.enqueue(batch);
      },
    });
  }
}

function refusedRecords({ answers, ends, keyOf, lineNumbers, text }: Batch): Reject[] {
  if (!answers.includes("refused")) return [];
  const refused: Reject[] = [];
  ends.forEach((end, i) => {
    if (answers[keyOf[i]!] !== "refused") return;
    const line = text.slice(i === 0 ? 0 : ends[i - 1]! + 1, end);
    refused.push({
      line: lineNumbers[i]!,
      reason: "model_refused",
      text: cutBytes(line),
      bytes: line.length,
    });
  });
  return refused;
}
