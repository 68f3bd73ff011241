import { delay } from "@std/async/delay.js";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import type { ObjectCounts } from "../records/batch.ts";
import { retryDelayMs } from "../retry/retry.ts";
import { retryPolicies, type RetryPolicy } from "../retry/retry_policies.ts";
import { period, type Settings } from "../settings/setting.ts";
import {
  ObjectChangedError,
  ObjectGoneError,
  RequestRefusedError,
  type Store,
  type StoredObject,
} from "../stores/store.ts";

/** When a source counts as stalled. */
export const bodySettings = {
  idleTimeout: period({
    help: "How long a source may send nothing before it is requested again, from where it stopped",
    heading: "Retries and timeouts",
    min: "10ms",
    max: "1h",
    default: "30s",
  }),
} satisfies Settings;

export interface BodyStreamOptions {
  readonly store: Store;
  readonly object: StoredObject;
  readonly counts: ObjectCounts;
  readonly signal: AbortSignal;
  /** The first byte that is read. Defaults to 0. */
  readonly start?: number;
  /** How long a connection may be silent before it counts as broken, in seconds. */
  readonly idleSeconds: number;
  /** Changes to the policy by which a broken connection is resumed. Failures are counted while no byte comes through. */
  readonly retry?: Partial<RetryPolicy>;
}

/**
 * An object's bytes as stored. A connection that breaks, or ends early, is resumed where it broke, on the same ETag.
 * Buffers nothing.
 *
 * @throws {ObjectGoneError}, {ObjectChangedError} and {RequestRefusedError} as the store does; {SluiceError} when the policy's attempts are used up.
 */
export class BodyStream extends ReadableStream<Uint8Array<ArrayBuffer>> {
  constructor(options: BodyStreamOptions) {
    const { store, object, counts, signal, idleSeconds, start = 0 } = options;
    const policy = { ...retryPolicies.sourceRead, ...options.retry };
    const address = store.url + object.name;
    let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
    let offset = start;
    let resumes = 0;

    const read = async (): Promise<Uint8Array<ArrayBuffer> | undefined> => {
      reader ??= (await store.read(object, offset, signal)).getReader();
      const { done, value } = await inTime(reader.read(), idleSeconds);
      if (!done) return value;
      if (offset !== object.bytes) throw new Error(`it ended after ${offset} of ${object.bytes} bytes`);
    };

    super({
      async pull(controller) {
        while (true) {
          try {
            const chunk = await read();
            if (chunk === undefined) return controller.close();
            if (chunk.length === 0) continue;
            if (offset + chunk.length > object.bytes) {
              const reason = `it has more than the ${object.bytes} bytes that were listed`;
              throw new ObjectChangedError({ action: "read", subject: address, reason });
            }
            offset += chunk.length;
            counts.bytesIn += chunk.length;
            resumes = 0;
            return controller.enqueue(chunk);
          } catch (error) {
            await reader?.cancel(error).catch(() => {});
            reader = undefined;
            signal.throwIfAborted();
            if (
              error instanceof ObjectGoneError || error instanceof ObjectChangedError ||
              error instanceof RequestRefusedError
            ) throw error;
            if (++resumes >= policy.maxAttempts!) {
              throw new SluiceError({
                kind: "source",
                action: "read",
                subject: `${address} from byte ${offset} on`,
                reason: `${reasonOf(error, address)}, ${resumes} times in a row`,
                cause: error,
              });
            }
            await delay(retryDelayMs(policy, resumes), { signal });
          }
        }
      },
      async cancel(reason) {
        await reader?.cancel(reason).catch(() => {});
      },
    }, { highWaterMark: 0 });
  }
}

/** What a promise resolves to, if it does so in time. */
async function inTime<T>(promise: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`it sent nothing for ${seconds} s (idleTimeout)`)),
      seconds * 1000,
    );
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
