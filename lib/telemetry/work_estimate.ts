/** How far work is, at one moment; counts since its start. */
export interface WorkSample {
  /** Bytes of the objects found so far, as stored, and how many of these are read. */
  readonly bytes: { readonly listed: number; readonly read: number };
  /** Whether `bytes.listed` is all there is. */
  readonly isListed: boolean;
  /** Questions for the model, and how many of these have no answer yet. */
  readonly questions: { readonly asked: number; readonly outstanding: number };
  /** Records that were read, and how many of these are finished. */
  readonly records: { readonly read: number; readonly finished: number };
  /** What has to work again before anything is answered. */
  readonly waitsFor?: "model" | "cache";
}

/** What is left of work. */
export interface WorkEstimate {
  /** How much is finished, 0 to 1, of what is found so far. */
  readonly portion: number;
  /** Absent until there is a rate, while not everything is listed, and while the work waits. */
  readonly secondsLeft?: number;
  /** Records finished per second of late; absent while the work waits. */
  readonly recordsPerSecond?: number;
  readonly waitsFor?: "model" | "cache";
}

/** Over how long rates are measured, in milliseconds: longer than a call to the model may take. */
const windowMs = 90_000;
/** Between two samples that are kept, in milliseconds. */
const keptEveryMs = 1_000;
/** No time left is told before rates were measured for so long, in milliseconds. */
const firstEstimateMs = 1_000;

/**
 * Estimates the time left of work by the bytes left and the questions without an answer, each at its rate of the last 90
 * seconds: whichever takes longer. Records that are merely read are no progress, and a time in which the model or the
 * cache was down is no measure: rates begin again after it. Keeps at most one sample per second.
 */
export class WorkEstimator {
  readonly #samples: (WorkSample & { readonly atMs: number })[] = [];

  /**
   * The estimate with one more sample.
   *
   * @param atMs The time, on a clock that is never set back.
   */
  add(sample: WorkSample, atMs: number): WorkEstimate {
    const samples = this.#samples, portion = finishedPortion(sample);
    if (sample.waitsFor !== undefined) {
      samples.length = 0;
      return { portion, waitsFor: sample.waitsFor };
    }
    while (samples.length > 1 && samples[1]!.atMs <= atMs - windowMs) samples.shift();
    const last = samples.at(-1);
    if (last === undefined || atMs - last.atMs >= keptEveryMs) samples.push({ ...sample, atMs });
    const first = samples[0]!, seconds = (atMs - first.atMs) / 1000;
    if (seconds === 0) return { portion };
    const recordsPerSecond = (sample.records.finished - first.records.finished) / seconds;
    const left = sample.isListed && seconds * 1000 >= firstEstimateMs
      ? secondsLeft(first, sample, seconds)
      : undefined;
    return { portion, recordsPerSecond, ...(left !== undefined && { secondsLeft: left }) };
  }
}

/** The share of bytes read, as far as the records in them are finished. */
function finishedPortion({ bytes, records }: WorkSample): number {
  if (bytes.listed === 0) return 0;
  const finished = records.read === 0 ? 1 : Math.min(1, records.finished / records.read);
  return Math.min(1, bytes.read / bytes.listed) * finished;
}

/** `undefined` if something is left and nothing of it was finished in these seconds, or if nothing is left. */
function secondsLeft(from: WorkSample, to: WorkSample, seconds: number): number | undefined {
  const bytesLeft = Math.max(0, to.bytes.listed - to.bytes.read);
  const read = to.bytes.read - from.bytes.read;
  const asked = to.questions.asked - from.questions.asked;
  const answered = asked + from.questions.outstanding - to.questions.outstanding;
  // While it waits for answers it may read nothing: then as many questions are expected as there were so far.
  const perByte = read > 0 ? asked / read : to.questions.asked / Math.max(1, to.bytes.read);
  const questionsLeft = to.questions.outstanding + bytesLeft * perByte;
  if (bytesLeft === 0 && questionsLeft === 0) return undefined;
  const forQuestions = questionsLeft === 0 ? 0 : questionsLeft / answered * seconds;
  // Reading that stands still waits for answers.
  const forBytes = bytesLeft === 0 || (read <= 0 && questionsLeft > 0) ? 0 : bytesLeft / read * seconds;
  const left = Math.max(forQuestions, forBytes);
  return left >= 0 && left < Infinity && (questionsLeft === 0 || answered > 0) ? left : undefined;
}
