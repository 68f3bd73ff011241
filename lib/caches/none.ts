import type { Cache } from "./cache.ts";

/** Stores nothing: every run asks all its keys. The cache behind `none:`. */
export class NoCache implements Cache {
  readonly url = "none:";

  // deno-lint-ignore require-await -- async, so that an aborted signal rejects rather than throws
  async get(keys: readonly string[], signal: AbortSignal): Promise<undefined[]> {
    signal.throwIfAborted();
    return keys.map(() => undefined);
  }

  // deno-lint-ignore require-await
  async set(
    _entries: readonly (readonly [key: string, answer: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    signal.throwIfAborted();
  }

  // deno-lint-ignore require-await
  async check(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return "no cache: every run asks all its keys";
  }

  async close(): Promise<void> {}
}
