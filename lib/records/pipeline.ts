/**
 * The way of one record: source → decompress → scan → look up → infer → set aside → sink, which encodes, compresses and
 * uploads. From the scan on, one chunk is one batch: the records of one window, travelling together. Everything is
 * constructed first and chained second; there is no logic in between.
 */
import type { ObjectAnswers } from "../answers/object_answers.ts";
import { SluiceError } from "../errors/sluice_error.ts";
import type { Output, OutputUnit, Sink } from "../sinks/sink.ts";
import type { Source } from "../sources/source.ts";
import type { AnswersOrigin, Mark, StoredObject, WriteCondition } from "../stores/store.ts";
import type { Batch, ObjectCounts, Reject } from "./batch.ts";
import { checkSums } from "./check_sums.ts";
import { checkRejects, checkUsableRecords, type MaxRejects } from "./max_rejects.ts";
import { readRecords, type ReadRecordsOptions } from "./read_records.ts";
import type { ReadNote } from "./read_note.ts";
import { encoderOf, formatOf, isCandidate } from "./record_format.ts";
import { CompressStream } from "./stages/compress.ts";
import type { Codec } from "./stages/decompress.ts";
import { InferStream } from "./stages/infer.ts";
import { LookupStream } from "./stages/lookup.ts";
import { SetAsideStream, type SetAsideStreamOptions } from "./stages/set_aside.ts";

/** How records are read, answered and written again. */
export interface RecordOptions
  extends Omit<ReadRecordsOptions, "codec" | "counts" | "onHead" | "onNote" | "ownsChunks"> {
  /** How many records may be set aside. What holds no usable record at all fails, unless all may. */
  readonly maxRejects?: MaxRejects;
}

/** One stream of records on its way. */
export interface RecordPass extends Omit<SetAsideStreamOptions, "onEnd">, Pick<ReadRecordsOptions, "onNote"> {
  readonly objectAnswers: ObjectAnswers;
  readonly counts: ObjectCounts;
  /** How the bytes are compressed: found out, and used again for what comes out. */
  readonly codec: Codec;
  /** Whose records they are, for errors. */
  readonly address?: string;
}

/** Stored bytes to batches with their answers, without what is set aside. Buffers what its stages buffer. */
function answeredRecords(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  pass: RecordPass & Pick<ReadRecordsOptions, "ownsChunks">,
  options: RecordOptions,
): ReadableStream<Batch> {
  const { address, codec, counts, objectAnswers, onNote, ownsChunks } = pass;
  const { format = "jsonl" } = options;
  let head: Uint8Array | undefined;
  const onHead = (bytes: Uint8Array) => head = bytes;
  const onEnd = () => checkUsableRecords(counts, { ...options, address, format, head });
  return readRecords(bytes, { ...options, codec, counts, onHead, onNote, ownsChunks })
    .pipeThrough(new LookupStream(objectAnswers))
    .pipeThrough(new InferStream(objectAnswers))
    .pipeThrough(new SetAsideStream({ ...pass, onEnd }));
}

/**
 * Records as they are stored, to the same with their answers: for a request and its response.
 *
 * @param last What comes behind the records, once all of them are out. Defaults to nothing.
 */
export function answerRecords(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  pass: RecordPass & { readonly last?: () => string },
  options: RecordOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return answeredRecords(bytes, pass, options)
    .pipeThrough(encoderOf({ ...options, counts: pass.counts }))
    .pipeThrough(new LastLineStream(pass.last)) // before compression: many readers of gzip ignore a second member
    .pipeThrough(new CompressStream(pass.codec));
}

/** How the stages are set: the same for all objects of a run. */
export interface PipelineOptions extends RecordOptions {
  readonly source: Pick<Source, "url" | "open">;
  readonly destination: Pick<Sink, "begin">;
  /** The recipe's fingerprint. */
  readonly fingerprint: string;
  /** Whose answers the outputs hold, for their marks. */
  readonly answersOrigin?: AnswersOrigin;
  /** Whether files that Sluice did not write are replaced. Defaults to false. */
  readonly overwrite?: boolean;
  readonly maxRejects: MaxRejects;
  /** Whether outputs may hold nulls, or may have held some: what these stand for is listed beside the output. */
  readonly listsSkipped?: boolean;
  /** Called with the records that were set aside, a batch's at a time. */
  readonly onRejects?: (address: string, rejects: readonly Reject[]) => void;
  /** Called with what is worth knowing about an object, though it is read. */
  readonly onNote?: (address: string, note: ReadNote) => void;
}

/** One object's way through the stages. */
export interface ObjectPass {
  readonly object: StoredObject;
  /** Under which condition the output becomes visible. */
  readonly condition: WriteCondition;
  /** How many rejects the object has, where an earlier pass has counted them. */
  readonly knownRejects: number;
  /** Whether a rejects object may be there from an earlier output. */
  readonly mayHaveRejects: boolean;
  readonly objectAnswers: ObjectAnswers;
  readonly counts: ObjectCounts;
  readonly signal: AbortSignal;
}

/**
 * Takes one object through the stages, from the source's bytes to a visible output. Returns the output's ETag and the
 * mark that it carries.
 *
 * @throws {ObjectGoneError} {@linkcode ObjectChangedError} {@linkcode ConditionFailedError}
 * {@linkcode WriteConflictError} as the source and the sink do.
 * @throws {RejectsUnknownError} The pass has to be made again, with the number of rejects that it found.
 * @throws {ForeignFileError} Rejects or skipped questions would replace what Sluice did not write; nothing was asked.
 * @throws {TooManyRejectsError}
 * @throws {NotRecordsError} The name leaves open what the object holds, and it is no records.
 */
export async function processObject(
  pass: ObjectPass,
  options: PipelineOptions,
): Promise<{ etag: string; mark: Mark }> {
  const { object, counts, objectAnswers } = pass;
  const { source, destination, onNote, onRejects } = options;
  const address = source.url + object.name;
  // A stage that fails closes the object's answers: requests under way then end at once, rather than when they are answered.
  const signal = AbortSignal.any([pass.signal, objectAnswers.signal]);
  const unit = outputUnit(pass, options, signal);
  let begun: Output | undefined;
  try {
    const output = begun = destination.begin(unit);
    await output.ready?.();
    const records = {
      address,
      objectAnswers,
      counts,
      codec: unit.codec,
      ownsChunks: true,
      onNote: (note: ReadNote) => onNote?.(address, note),
      reject(rejects: readonly Reject[]) {
        onRejects?.(address, rejects);
        return output.reject(rejects);
      },
      skip: (keys: ReadonlyMap<string, number>) => output.skip(keys),
    };
    const reading = {
      ...options,
      format: unit.format,
      isCandidate: isCandidate(object.name, options.format),
    };
    await answeredRecords(source.open(object, { counts, signal }), records, reading)
      .pipeTo(output.records, { signal });
    checkSums(pass.counts, pass.objectAnswers.counts);
    checkRejects(address, counts, options);
    const mark = { ...unit.mark, rejects: counts.rejected };
    const { bytes, etag } = await output.commit(mark);
    counts.bytesOut = bytes;
    return { etag, mark };
  } catch (error) {
    objectAnswers.close(error);
    await begun?.abort(error);
    throw error;
  } finally {
    objectAnswers.close(
      new SluiceError({
        kind: "internal",
        action: "continue with",
        subject: address,
        reason: "it has ended",
      }),
    );
  }
}

function outputUnit(pass: ObjectPass, options: PipelineOptions, signal: AbortSignal): OutputUnit {
  const { object, condition, counts, knownRejects, mayHaveRejects, objectAnswers } = pass;
  const { answersOrigin, fingerprint, format, listsSkipped = false, overwrite = false } = options;
  const { recipe, scanner, source } = options;
  return {
    name: object.name,
    source: source.url + object.name,
    // A stream has none; nor does an object of no bytes need one.
    sourceBytes: object.bytes > 0 ? object.bytes : undefined,
    format: formatOf(object.name, format) ?? "jsonl",
    codec: { gzip: false },
    recipe,
    scanner,
    condition,
    mark: {
      sourceEtag: object.etag,
      recipe: fingerprint,
      rejects: knownRejects,
      ...(answersOrigin && { answers: answersOrigin }),
    },
    overwrite,
    mayHaveRejects,
    listsSkipped,
    counts,
    onBuffered: (bytes) => objectAnswers.slot.buffered = bytes,
    signal,
  };
}

/** Puts a text behind all that has passed. */
class LastLineStream extends TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  constructor(last: () => string = () => "") {
    super({
      flush(controller) {
        const bytes = new TextEncoder().encode(last());
        if (bytes.length > 0) controller.enqueue(bytes);
      },
    });
  }
}
