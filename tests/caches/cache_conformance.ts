import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import * as fc from "fast-check";
import type { Cache } from "../../lib/caches/cache.ts";
import { encodeKey } from "../../lib/recipe/key.ts";

/** One kind of cache, as the conformance list sees it. */
export interface CacheSubject {
  /** Opens it again; what an earlier one wrote to the namespace is there. */
  open(namespace: string): Promise<Cache>;
  /** Puts a value where the key's answer is stored, past the cache; left out where that cannot be done. */
  writeForeign?(
    namespace: string,
    key: string,
    value: string,
  ): void | Promise<void>;
  /** How many commands for data a server got so far; left out without a server to count them. */
  roundTrips?(): number;
}

/** What every cache that keeps answers has to do. Runs each point as a step of the test. */
export async function cacheConformance(
  t: Deno.TestContext,
  subject: CacheSubject,
): Promise<void> {
  const { signal } = new AbortController();
  let steps = 0;
  const step = (
    name: string,
    check: (cache: Cache, namespace: string) => Promise<void>,
  ) => {
    const namespace = `step ${++steps}: ${crypto.randomUUID()}`;
    return t.step(name, async () => {
      const cache = await subject.open(namespace);
      try {
        await check(cache, namespace);
      } finally {
        await cache.close();
      }
    });
  };

  await step("get() answers in the order of the keys", async (cache) => {
    await cache.set([["a", 1], ["b", 2], ["c", 3]], signal);
    assertEquals(await cache.get(["c", "a", "b", "a"], signal), [3, 1, 2, 1]);
  });

  await step(
    "get() gives undefined for keys that are not known",
    async (cache) => {
      await cache.set([["b", 2]], signal);
      assertEquals(await cache.get(["a", "b", ""], signal), [
        undefined,
        2,
        undefined,
      ]);
    },
  );

  await step("get() of no keys sends nothing", async (cache) => {
    const before = subject.roundTrips?.();
    assertEquals(await cache.get([], signal), []);
    assertEquals(subject.roundTrips?.(), before);
  });

  await step("set() of no entries sends nothing", async (cache) => {
    const before = subject.roundTrips?.();
    await cache.set([], signal);
    assertEquals(subject.roundTrips?.(), before);
  });

  await step(
    "set() overwrites, and of several answers to one key the last one holds",
    async (cache) => {
      await cache.set([["a", 1], ["b", 1]], signal);
      await cache.set([["a", 2], ["a", 3]], signal);
      assertEquals(await cache.get(["a", "b"], signal), [3, 1]);
    },
  );

  await step("set() and get() keep any whole number", async (cache) => {
    const answers = [
      0,
      7,
      -1,
      4_294_967_296,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ];
    await cache.set(answers.map((answer) => [`${answer}`, answer]), signal);
    assertEquals(await cache.get(answers.map(String), signal), answers);
  });

  await step(
    "get() of 1,000 keys is one round trip, and set() of as many another",
    async (cache) => {
      const keys = Array.from(
        { length: 1000 },
        (_, i) => encodeKey("Acme Corp", `Engineer ${i}`),
      );
      const before = subject.roundTrips?.() ?? 0;
      await cache.set(
        keys.filter((_, i) => i % 3 !== 0).map((key, i) => [key, i % 7 + 1]),
        signal,
      );
      const answers = await cache.get(keys, signal);
      assertEquals(subject.roundTrips?.() ?? 2, before + 2);
      let next = 0;
      assertEquals(
        answers,
        keys.map((_, i) => i % 3 === 0 ? undefined : next++ % 7 + 1),
      );
    },
  );

  await step(
    "get() distinguishes keys that are equal if concatenated",
    async (cache) => {
      const keys = [
        encodeKey("ab", "c"),
        encodeKey("a", "bc"),
        encodeKey("", "abc"),
        encodeKey("abc", ""),
      ];
      await cache.set(keys.map((key, i) => [key, i + 1]), signal);
      assertEquals(await cache.get(keys, signal), [1, 2, 3, 4]);
    },
  );

  await step(
    "get() distinguishes keys that differ in form, case or a control character",
    async (cache) => {
      const keys = [
        "Zoë",
        "Zoe\u0308",
        "zoë",
        "主任",
        "主任\0",
        "🦊",
        "a\r\nb",
        "a\nb",
        " a",
        "a",
        "x".repeat(100_000),
      ];
      await cache.set(keys.map((key, i) => [key, i]), signal);
      assertEquals(await cache.get(keys, signal), keys.map((_, i) => i));
    },
  );

  await step(
    "get() does what a map does, for any keys and answers",
    async (cache) => {
      const key = fc.string({ unit: "binary", maxLength: 8 });
      const entries = fc.array(fc.tuple(key, fc.maxSafeInteger()), {
        maxLength: 20,
      });
      const known = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(entries, fc.array(key), async (written, others) => {
          await cache.set(written, signal);
          for (const [key, answer] of written) known.set(key, answer);
          const keys = [...others, ...written.map(([key]) => key)];
          assertEquals(
            await cache.get(keys, signal),
            keys.map((key) => known.get(key)),
          );
        }),
        { numRuns: 50 },
      );
    },
  );

  await step(
    "get() sees what another cache of the namespace wrote, before and after it closes",
    async (cache, namespace) => {
      const other = await subject.open(namespace);
      await other.set([["a", 1]], signal);
      assertEquals(await cache.get(["a"], signal), [1]);
      await other.close();
      assertEquals(await cache.get(["a"], signal), [1]);
    },
  );

  await step(
    "get() sees nothing of other namespaces",
    async (cache, namespace) => {
      const names = [
        `${namespace}:`,
        `${namespace}:a`,
        `${namespace} é`,
        namespace.toUpperCase(),
      ];
      for (const name of names) {
        const other = await subject.open(name);
        await other.set([["a", 1], ["b", 2]], signal);
        await other.close();
      }
      assertEquals(await cache.get(["a", ":a", "b"], signal), [
        undefined,
        undefined,
        undefined,
      ]);
    },
  );

  await step("check() says what is there", async (cache) => {
    await cache.set([["a", 1]], signal);
    assertStringIncludes(await cache.check(signal), " key");
  });

  await step(
    "get(), set() and check() reject with the reason of an aborted signal",
    async (cache) => {
      const reason = new Error("enough");
      const aborted = AbortSignal.abort(reason);
      for (
        const call of [
          () => cache.get(["a"], aborted),
          () => cache.set([["a", 1]], aborted),
          () => cache.check(aborted),
        ]
      ) {
        assertEquals(await assertRejects(call), reason);
      }
      assertEquals(await cache.get(["a"], signal), [undefined]);
    },
  );

  await step(
    "close() waits for writes under way, and may be called again",
    async (cache, namespace) => {
      const write = cache.set([["a", 1]], signal);
      await cache.close();
      await write;
      await cache.close();
      const again = await subject.open(namespace);
      assertEquals(await again.get(["a"], signal), [1]);
      await again.close();
    },
  );

  const { writeForeign } = subject;
  if (writeForeign !== undefined) {
    await step(
      "get() takes a value that is not a whole number for unknown",
      async (cache, namespace) => {
        const values = [
          "",
          " ",
          "five",
          "5 ",
          "+5",
          "05",
          "5.5",
          "1e3",
          "0x5",
          "-0",
          "9007199254740993",
          "9".repeat(30),
        ];
        for (const value of values) {
          await writeForeign.call(subject, namespace, `key ${value}`, value);
        }
        await writeForeign.call(subject, namespace, "real", "5");
        const keys = [
          ...values.map((value) => `key ${value}`),
          "real",
        ];
        assertEquals(await cache.get(keys, signal), [
          ...values.map(() => undefined),
          5,
        ]);
        await cache.set([["key five", 5]], signal);
        assertEquals(await cache.get(["key five"], signal), [5]);
      },
    );
  }
}
