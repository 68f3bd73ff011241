import type { Batch, ObjectCounts } from "../batch.ts";
import { decodeKey } from "../../recipe/key.ts";
import type { Codec } from "./decompress.ts";
import { LinesObject } from "./lines_object.ts";
import type { ObjectWriter } from "./upload.ts";

/** Where, under the destination, stands what an output has no answers for, under the output's name. */
export const skippedPrefix = "_skipped/";

/**
 * What an output has no answers for, on its way to an object of its own: lines of `{object, company, title, records}`,
 * a batch's pairs in the order of their first records; a pair stands there once for each batch.
 */
export class SkippedObject extends LinesObject {
  readonly #address: string;

  /** @param address The source object's. */
  constructor(address: string, codec: Codec, output: ObjectWriter) {
    super(codec, output);
    this.#address = address;
  }

  /** Takes a batch's keys in; waits while the store is slower. */
  async write(keys: ReadonlyMap<string, number>): Promise<void> {
    let lines = "";
    for (const [key, records] of keys) {
      lines += JSON.stringify({ object: this.#address, ...decodeKey(key), records }) + "\n";
    }
    await this.writeLines(lines);
  }
}

/** Where skipped keys go, each with the number of its records in a batch: a {@linkcode SkippedObject}. */
export interface SkippedSink {
  write(keys: ReadonlyMap<string, number>): Promise<void>;
}

/** Lists the keys whose questions were not asked, counts their records, and lets each batch on. */
export class SkippedStream extends TransformStream<Batch, Batch> {
  constructor(skipped: SkippedSink, counts: ObjectCounts) {
    super({
      async transform(batch, controller) {
        const { answers, keyOf, keys } = batch;
        if (answers.includes("skipped")) {
          const records = new Map<string, number>();
          for (let i = 0; i < keyOf.length; i++) {
            const slot = keyOf[i]!;
            if (answers[slot] !== "skipped") continue;
            counts.skipped++;
            records.set(keys[slot]!, (records.get(keys[slot]!) ?? 0) + 1);
          }
          if (records.size > 0) await skipped.write(records);
        }
        controller.enqueue(batch);
      },
    });
  }
}
