/** What Sluice uses of `@std`, which comes without types from npm (see the import map in deno.json). */

declare module "@std/streams/text_line_stream.js" {
  export class TextLineStream extends TransformStream<string, string> {
    constructor(options?: { allowCR?: boolean });
  }
}

declare module "@std/async/delay.js" {
  export function delay(ms: number, options?: { signal?: AbortSignal; persistent?: boolean }): Promise<void>;
}

declare module "@std/async/retry.js" {
  export function retry<T>(work: () => Promise<T>, options?: {
    multiplier?: number;
    minTimeout?: number;
    maxTimeout?: number;
    maxAttempts?: number;
    jitter?: number;
    isRetriable?: (error: unknown) => boolean;
    signal?: AbortSignal;
  }): Promise<T>;
}

declare module "@std/bytes/concat.js" {
  export function concat(buffers: Iterable<Uint8Array>): Uint8Array<ArrayBuffer>;
}

declare module "@std/html/entities.js" {
  export function escape(text: string): string;
}

declare module "@std/jsonc/parse.js" {
  export function parse(text: string): unknown;
}

declare module "@std/assert/mod.js" {
  export class AssertionError extends Error {}
  export function assert(condition: unknown, message?: string): asserts condition;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  export function assertAlmostEquals(actual: number, expected: number, tolerance?: number): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  export function assertGreater<T>(actual: T, expected: T, message?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
  export function assertLess<T>(actual: T, expected: T, message?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
  // deno-lint-ignore no-explicit-any
  export function assertInstanceOf<T extends abstract new (...args: any[]) => any>(
    actual: unknown,
    expected: T,
    message?: string,
  ): asserts actual is InstanceType<T>;
  export function assertThrows(fn: () => unknown): unknown;
  export function assertThrows<E extends Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any
    errorClass: abstract new (...args: any[]) => E,
    messageIncludes?: string,
  ): E;
  export function assertRejects(fn: () => PromiseLike<unknown>): Promise<unknown>;
  export function assertRejects<E extends Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any
    errorClass: abstract new (...args: any[]) => E,
    messageIncludes?: string,
  ): Promise<E>;
  export function fail(message?: string): never;
}
