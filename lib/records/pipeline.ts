import * as v from "valibot";
import type { ObjectAnswers } from "../answers/object_answers.ts";
import { shortcutKeys } from "../answers/key_counts.ts";
import type { ObjectCounts, Reject } from "./batch.ts";
import { contentTypes, encoderOf, formatOf } from "./record_format.ts";
import { readRecords, type ReadRecordsOptions } from "./read_records.ts";
import { BodyStream } from "./stages/body.ts";
import { CompressStream } from "./stages/compress.ts";
import type { Codec } from "./stages/decompress.ts";
import { InferStream } from "./stages/infer.ts";
import { LookupStream } from "./stages/lookup.ts";
import { RejectsObject, type RejectsSink, RejectsStream } from "./stages/rejects.ts";
import { SkippedObject, skippedPrefix, type SkippedSink, SkippedStream } from "./stages/skipped.ts";
import { ObjectWriter, UploadStream } from "./stages/upload.ts";
import type { Mark, Store, StoredObject, WriteCondition } from "../stores/store.ts";
import type { Settings } from "../settings/setting.ts";

const maxRejectsMessage = "must be a whole number, or a percentage from 0% to 100%";

/** A percentage of an object's records, or a number of them. */
const maxRejects = v.pipe(
  v.union([v.number(maxRejectsMessage), v.string(maxRejectsMessage)], maxRejectsMessage),
  v.transform(String),
  v.trim(),
  v.regex(/^(?:\d{1,15}|(?:100|\d{1,2}(?:\.\d+)?)%)$/, maxRejectsMessage),
  v.transform((limit): MaxRejects =>
    limit.endsWith("%") ? { percent: Number(limit.slice(0, -1)) } : { count: Number(limit) }
  ),
);

const defaultMaxRejects: MaxRejects = { percent: 50 };

/** When an object is not what it should be. */
export const pipelineSettings = {
  maxRejects: {
    help:
      "Fail an object of 100 or more records if more than this many are rejected, a percentage or a number",
    placeholder: "N|N%",
    default: defaultMaxRejects,
    defaultText: "50%",
    json: {
      anyOf: [{ type: "integer", minimum: 0 }, { type: "string", pattern: "^\\s*\\d+(\\.\\d+)?%?\\s*$" }],
    },
    schema: maxRejects,
  },
} satisfies Settings;

/** How records are read, answered and written again. */
export type RecordOptions = Omit<ReadRecordsOptions, "codec" | "counts" | "ownsChunks">;

/** How the stages are set: the same for all objects of a run. */
export interface PipelineOptions extends RecordOptions {
  readonly source: Store;
  readonly destination: Store;
  /** The recipe's fingerprint. */
  readonly fingerprint: string;
  readonly idleTimeoutSeconds: number;
  readonly maxPartsInFlight: number;
  readonly maxRejects: MaxRejects;
  /** Whether outputs may hold nulls, or may have: what these stand for is listed beside the output. */
  readonly listsSkipped?: boolean;
  /** Told of records that were set aside, a batch's at a time. */
  readonly onRejects?: (address: string, rejects: readonly Reject[]) => void;
}

/** How many records may be set aside before the object fails: a percentage, or a number. */
export type MaxRejects = { readonly percent: number } | { readonly count: number };

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
 * {@linkcode WriteConflictError} as the stores do.
 * @throws {RejectsUnknownError} The pass has to be made again, with the number of rejects that it found.
 * @throws {TooManyRejectsError}
 */
export async function processObject(
  pass: ObjectPass,
  options: PipelineOptions,
): Promise<{ etag: string; mark: Mark }> {
  const { object, counts, objectAnswers } = pass;
  const { source, destination, onRejects } = options;
  // A stage that fails closes the interest: requests under way then end at once, rather than when they are answered.
  const signal = AbortSignal.any([pass.signal, objectAnswers.signal]);
  const codec: Codec = { gzip: false };
  const format = formatOf(object.name);
  const written = {
    store: destination,
    contentType: contentTypes[format],
    contentEncoding: () => codec.gzip ? "gzip" : undefined,
    maxPartsInFlight: options.maxPartsInFlight,
    signal,
  };
  const mark: Mark = { sourceEtag: object.etag, recipe: options.fingerprint, rejects: pass.knownRejects };
  const finalMark = () => ({ ...mark, rejects: counts.rejected });
  const output = new ObjectWriter({
    ...written,
    name: object.name,
    condition: pass.condition,
    // The mark leaves with the first part: only an object that fits in one part has been counted by then.
    mark: () => counts.isComplete ? finalMark() : mark,
    onBuffered: (bytes) => objectAnswers.slot.buffered = bytes,
  });
  const rejectsName = `_rejects/${object.name}`;
  const address = source.url + object.name;
  const rejects = new RejectsObject(
    address,
    codec,
    new ObjectWriter({
      ...written,
      contentType: contentTypes.jsonl,
      name: rejectsName,
      condition: "always",
    }),
  );
  const skippedName = skippedPrefix + object.name;
  const skipped = options.listsSkipped !== true ? undefined : new SkippedObject(
    address,
    codec,
    new ObjectWriter({
      ...written,
      contentType: contentTypes.jsonl,
      name: skippedName,
      condition: "always",
    }),
  );
  let etag = "";

  const upload = new UploadStream(output, {
    async beforeVisible() {
      counts.isComplete = true;
      checkSums(pass);
      checkRejects(pass, options);
      if (output.isMarked && counts.rejected !== mark.rejects) throw new RejectsUnknownError(counts.rejected);
      if (counts.rejected > 0) await rejects.close();
      else if (pass.mayHaveRejects) await destination.remove(rejectsName, signal);
      if (counts.skipped > 0) await skipped?.close();
    },
    onVisible: (visible) => etag = visible,
  });

  try {
    const sink = {
      write(some: readonly Reject[]) {
        onRejects?.(address, some);
        return rejects.write(some);
      },
    };
    const bytes = new BodyStream({
      store: source,
      object,
      counts,
      signal,
      idleSeconds: options.idleTimeoutSeconds,
    });
    const records = { objectAnswers, counts, codec, rejects: sink, skipped, ownsChunks: true };
    await answerRecords(bytes, records, { ...options, format })
      .pipeTo(upload, { signal });
    // Not before the output is visible: another one with nulls may stand there, whose list this is.
    if (skipped !== undefined && counts.skipped === 0) await destination.remove(skippedName, signal);
  } catch (error) {
    objectAnswers.close(error);
    await rejects.abort(error);
    await skipped?.abort(error);
    throw error;
  } finally {
    objectAnswers.close(new Error(`Cannot go on with ${address}: it was given up`));
  }
  counts.bytesOut = output.bytes;
  return { etag, mark: finalMark() };
}

/** One stream of records on its way. */
export interface RecordPass {
  readonly objectAnswers: ObjectAnswers;
  readonly counts: ObjectCounts;
  /** How the bytes are compressed: found out, and used again for what comes out. */
  readonly codec: Codec;
  readonly rejects: RejectsSink;
  /** Where it is listed what was not asked; needed where that may be. */
  readonly skipped?: SkippedSink;
  /** Whether nobody else uses the buffers of the bytes: they are given back as they are read. */
  readonly ownsChunks?: boolean;
  /** What comes behind the records, once all of them are out; nothing unless told. */
  readonly last?: () => string;
}

/** Records as they are stored, to the same with their answers. Buffers what its stages buffer. */
export function answerRecords(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
  { objectAnswers, counts, codec, ownsChunks, rejects, skipped, last }: RecordPass,
  options: RecordOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encode = encoderOf({ ...options, counts });
  const answered = readRecords(bytes, { ...options, codec, counts, ownsChunks })
    .pipeThrough(new LookupStream(objectAnswers))
    .pipeThrough(new InferStream(objectAnswers));
  const records =
    (skipped === undefined ? answered : answered.pipeThrough(new SkippedStream(skipped, counts)))
      .pipeThrough(new RejectsStream(rejects, counts))
      .pipeThrough(encode);
  // Before it is compressed: many readers of gzip take no notice of a second member.
  return (last === undefined ? records : records.pipeThrough(withLast(last)))
    .pipeThrough(new CompressStream(codec));
}

function withLast(last: () => string): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({ flush: (controller) => controller.enqueue(new TextEncoder().encode(last())) });
}

/** The number of rejects was not known when the first part left, and the mark with it. */
export class RejectsUnknownError extends Error {
  override readonly name = "RejectsUnknownError";
  readonly rejects: number;

  constructor(rejects: number) {
    super(`the object has ${rejects} rejects, which was not known when its first part was sent`);
    this.rejects = rejects;
  }
}

/** More records were set aside than `maxRejects` allows: the object is not what it should be. */
export class TooManyRejectsError extends Error {
  override readonly name = "TooManyRejectsError";
}

/** Fewest records of an object that `maxRejects` judges. */
const leastJudgedRecords = 100;

function checkRejects({ counts }: ObjectPass, { maxRejects }: PipelineOptions): void {
  const records = counts.in - counts.blank;
  const isTooMany = "percent" in maxRejects
    ? counts.rejected * 100 > maxRejects.percent * records
    : counts.rejected > maxRejects.count;
  if (records < leastJudgedRecords || !isTooMany) return;
  const reasons = Object.entries(counts.reasons).map(([reason, count]) => `${count} ${reason}`).join(", ");
  const cap = "percent" in maxRejects ? `${maxRejects.percent}%` : maxRejects.count;
  throw new TooManyRejectsError(
    `${counts.rejected} of ${records} records are rejects (${reasons}); maxRejects is ${cap}`,
  );
}

/** @throws {Error} Some line or key is not accounted for. */
export function checkSums(
  { counts, objectAnswers: { counts: keys } }: Pick<RecordPass, "counts" | "objectAnswers">,
): void {
  if (counts.in !== counts.out + counts.rejected + counts.blank) {
    throw new Error(
      `the sums do not hold: ${counts.in} lines in, but ${counts.out} out + ${counts.rejected} rejected + ${counts.blank} blank`,
    );
  }
  const shortcuts = shortcutKeys(keys);
  if (keys.seen !== keys.local + keys.hits + keys.asked + shortcuts) {
    const told = shortcuts > 0 ? ` + ${shortcuts} by shortcuts` : "";
    throw new Error(
      `the sums do not hold: ${keys.seen} keys seen, but ${keys.local} local + ${keys.hits} hits + ${keys.asked} asked${told}`,
    );
  }
}
