import { type Answer, type Batch, type CsvSplices, noAnswer, type ObjectCounts } from "../batch.ts";
import { SluiceError } from "../../errors/sluice_error.ts";

export interface EncodeCsvStreamOptions {
  readonly counts: ObjectCounts;
}

const encoder = new TextEncoder();

/**
 * Puts each row's answer behind its last field, or in the place of the fields that the output column has: one chunk of
 * rows a batch, each ending in LF, and before them the header row, at the end where there are no rows. Every other byte stays.
 * Where answers came from goes, if that is wanted, into a field behind it, or in the place of that column's fields.
 * Records whose question was refused are left out; where it was skipped, the answer is empty. The batch's text is used up.
 */
export class EncodeCsvStream extends TransformStream<Batch, Uint8Array<ArrayBuffer>> {
  constructor({ counts }: EncodeCsvStreamOptions) {
    let header: Uint8Array<ArrayBuffer> | undefined;
    const writeHeader = (controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
      if (header !== undefined) controller.enqueue(header);
      header = undefined;
    };
    super({
      transform(batch, controller) {
        if (batch.csv === undefined) {
          throw new SluiceError({
            kind: "internal",
            action: "encode",
            subject: "a batch as CSV",
            reason: "it is not of CSV rows",
          });
        }
        header ??= batch.csv.header;
        if (batch.ends.length === 0) return;
        const { bytes, records } = encodeRows(batch, batch.csv);
        if (records > 0) {
          writeHeader(controller);
          controller.enqueue(bytes);
        }
        counts.out += records;
        // Given back now rather than when it is collected: batches that wait for the model are most of the memory.
        batch.text.buffer.transfer(0);
      },
      // Not before it is clear that there is an output: what holds no usable record fails.
      flush: writeHeader,
    });
  }
}

function encodeRows(
  { answers, ends, keyOf, origins, text }: Batch,
  { delimiter, replaced, isOrigin }: CsvSplices,
): { bytes: Uint8Array<ArrayBuffer>; records: number } {
  const count = replaced?.count ?? 0;
  const isInPlace = (origin: boolean) => count > 0 && (isOrigin ?? [false]).includes(origin);
  const field = (value: string, isFurther: boolean) => encoder.encode(isFurther ? delimiter + value : value);
  /** By key: what goes into the columns that are there, and what comes behind the last. */
  const written = answers.map((answer) =>
    answer === undefined || answer === "refused" ? answer : field(fieldText(answer), !isInPlace(false))
  );
  const originPieces = origins?.map((origin) => field(origin ?? "", !isInPlace(true)));
  const longest = [...written, ...originPieces ?? []].reduce(
    (most, piece) => Math.max(most, piece?.length ?? 0),
    0,
  );
  const out = new Uint8Array(text.length + ends.length * (count + 2) * longest);
  let filled = 0, records = 0;
  /** What stands before `start` has been taken over, or left out. */
  let start = 0;
  const append = (bytes: Uint8Array) => {
    out.set(bytes, filled);
    filled += bytes.length;
  };
  const isAnswerFurther = !isInPlace(false), isOriginFurther = originPieces !== undefined && !isInPlace(true);
  for (let i = 0; i < ends.length; i++) {
    const slot = keyOf[i]!, answer = written[slot];
    if (answer === undefined) throw noAnswer();
    if (answer === "refused") {
      append(text.subarray(start, i === 0 ? 0 : ends[i - 1]! + 1));
      start = ends[i]! + 1;
      continue;
    }
    records++;
    for (let j = 0; j < count; j++) {
      append(text.subarray(start, replaced!.starts[i * count + j]));
      append(isOrigin?.[j] ? originPieces![slot]! : answer);
      start = replaced!.ends[i * count + j]!;
    }
    if (isAnswerFurther || isOriginFurther) {
      append(text.subarray(start, ends[i]!));
      if (isAnswerFurther) append(answer);
      if (isOriginFurther) append(originPieces![slot]!);
      start = ends[i]!;
    }
  }
  append(text.subarray(start));
  return { bytes: out.subarray(0, filled), records };
}

function fieldText(answer: Exclude<Answer, "refused">): string {
  return answer === "skipped" ? "" : String(answer);
}
