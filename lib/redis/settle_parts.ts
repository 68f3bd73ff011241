import { PartialRedisError } from "./redis_route.ts";

/**
 * Waits for all parts of some work.
 *
 * @param done What was done, asked for when some of them have failed.
 * @throws {PartialRedisError} Some have failed, or all: with what the first one failed with.
 */
export async function settleParts<T>(parts: readonly Promise<unknown>[], done: () => T): Promise<void> {
  const ended = await Promise.allSettled(parts);
  const failure = ended.find((end) => end.status === "rejected");
  if (failure === undefined) return;
  const cause = failure.reason;
  throw new PartialRedisError(cause instanceof Error ? cause.message : String(cause), done(), { cause });
}
