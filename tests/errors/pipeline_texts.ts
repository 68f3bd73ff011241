import { gzipSync } from "node:zlib";
import { Caller } from "../../lib/answers/caller.ts";
import { AnswerMemory } from "../../lib/answers/answer_memory.ts";
import { ObjectCounts } from "../../lib/records/batch.ts";
import { type Cache, PartialReadError } from "../../lib/caches/cache.ts";
import { MemoryCache } from "../../lib/caches/memory.ts";
import { encodeKey } from "../../lib/recipe/key.ts";
import { ObjectWriter } from "../../lib/sinks/object_writer.ts";
import { BodyStream } from "../../lib/sources/body_stream.ts";
import { MemoryStore, type MemoryStoreFaults } from "../fakes/memory_store.ts";
import { type FakeModelOptions, faults, InProcessModel } from "../fakes/model.ts";
import { concat } from "../story/corpus.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import { record, type Scene } from "./scene.ts";

const { signal } = new AbortController();

/** A run with one object more that cannot be finished. */
function object(
  when: string,
  text: string,
  name: string,
  content: string | Uint8Array,
  flags: Record<string, string> = {},
): ErrorText {
  return {
    when,
    text,
    status: 1,
    provoke(scene) {
      scene.write(`in/${name}`, content);
      return scene.run(flags);
    },
  };
}

/** A run whose model answers otherwise than it should. */
function answer(
  when: string,
  text: string,
  fake: FakeModelOptions,
  flags: Record<string, string> = {},
): ErrorText {
  return {
    when,
    text,
    status: 1,
    async provoke(scene) {
      const { url } = await scene.model(fake);
      scene.write("in/a.jsonl", record("x") + record("y"));
      return await scene.run({
        "model": url,
        "model-patience": "0s",
        "model-calls-per-second": "1000",
        ...flags,
      });
    },
  };
}

/** What the body of an object of 20 bytes fails with. */
function body(
  when: string,
  text: string,
  breakReads: MemoryStoreFaults["breakReads"],
  read?: MemoryStore["read"],
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      scene.hurry(5_000);
      const store = new MemoryStore({ faults: { breakReads } });
      const object = store.give("a", new Uint8Array(20));
      if (read !== undefined) store.read = read;
      const options = {
        store,
        object,
        counts: new ObjectCounts(),
        signal,
        idleSeconds: 30,
        retry: { firstMs: 0 },
      };
      return await failureOf(() => new Response(new BodyStream(options)).bytes());
    },
  };
}

/** A cache that can be turned off, and what is said when it comes back. */
function recovery(
  when: string,
  text: string,
  work: (memory: AnswerMemory) => Promise<unknown>,
  failure = new Error("Cannot reach test:: it is down"),
): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      const stored = new MemoryCache(crypto.randomUUID());
      let isDown = true;
      const unlessDown = <T>(work: () => Promise<T>) => isDown ? Promise.reject(failure) : work();
      const cache: Cache = {
        url: "test:",
        get: (...given) => unlessDown(() => stored.get(...given)),
        set: (...given) => unlessDown(() => stored.set(...given)),
        check: () => Promise.resolve(""),
        close: () => Promise.resolve(),
      };
      const said: string[] = [];
      const onTrouble = (message: string) => void said.push(message);
      const memory = new AnswerMemory({
        cache,
        range: { min: 1, max: 7 },
        memoryCacheBytes: 1_000,
        onTrouble,
      });
      const clock = scene.hurry(0);
      await work(memory);
      isDown = false;
      clock.tick(10_000);
      await work(memory);
      return said.join("\n");
    },
  };
}

function callerOf(model: InProcessModel, said: string[]): Caller {
  return new Caller({
    model,
    callsPerSecond: Infinity,
    patienceSeconds: 0,
    refusalsForgottenMs: Infinity,
    maxRefusals: 0,
    signal,
    onTrouble: (message) => said.push(message),
  });
}

export const objectTexts: ErrorTexts = {
  name: "processObject()",
  rows: [
    object(
      "gzip that is corrupt",
      "Cannot finish file://<DIR>/in/b.jsonl.gz: corrupt gzip between bytes 0 and 51: invalid distance too far back",
      "b.jsonl.gz",
      gzipSync(record("x")).fill(7, 20, 30),
    ),
    object(
      "gzip with other bytes behind it",
      "Cannot finish file://<DIR>/in/b.jsonl.gz: corrupt gzip between bytes 51 and 54: what stands there, behind the end of the gzip data, is neither gzip nor padding; cut it off if it is no data",
      "b.jsonl.gz",
      concat([gzipSync(record("x")), new TextEncoder().encode("xyz")]),
    ),
    object(
      "gzip that was cut",
      "Cannot finish file://<DIR>/in/b.jsonl.gz: gzip ends in the middle of a member, after 42 bytes",
      "b.jsonl.gz",
      gzipSync(record("x")).subarray(0, -9),
    ),
    object(
      "a gzip bomb",
      "Cannot finish file://<DIR>/in/b.jsonl.gz: gzip expands to more than 100 times its size (maxExpansion): 16384 bytes to 16842752",
      "b.jsonl.gz",
      gzipSync(new Uint8Array(17 * 1024 * 1024)),
      { "max-expansion": "100" },
    ),
    object(
      "more rejects than a percentage",
      "Cannot finish file://<DIR>/in/b.jsonl: 60 of 100 records are rejects (30 invalid_json, 30 not_an_object); maxRejects is 50%",
      "b.jsonl",
      record("x").repeat(40) + "no json\n[]\n".repeat(30),
    ),
    object(
      "more rejects than a number",
      "Cannot finish file://<DIR>/in/b.jsonl: 1 of 100 records are rejects (1 invalid_json); maxRejects is 0",
      "b.jsonl",
      record("x").repeat(99) + "no json\n",
      { "max-rejects": "0" },
    ),
    body(
      "a source whose connection breaks again and again",
      "Cannot read memory:///a from byte 0 on: connection reset, 6 times in a row",
      { afterBytes: 0, times: 9 },
    ),
    body(
      "a source that ends too early",
      "Cannot read memory:///a from byte 0 on: it ended after 0 of 20 bytes, 6 times in a row",
      { afterBytes: 0, times: 9, quietly: true },
    ),
    body(
      "a source that falls silent",
      "Cannot read memory:///a from byte 0 on: it sent nothing for 30 s (idleTimeout), 6 times in a row",
      undefined,
      () => Promise.resolve(new ReadableStream({ pull: () => new Promise<void>(() => {}) })),
    ),
    {
      when: "a source that is busy whenever it is read",
      text:
        "Cannot finish s3://raw/in/a.jsonl: Cannot read s3://raw/in/a.jsonl from byte 0 on: 503 SlowDown: Please reduce your request rate after 5 attempts, 6 times in a row",
      status: 1,
      async provoke(scene) {
        const s3 = await scene.s3();
        scene.hurry(100);
        s3.fault({ operation: "GetObject" }, {
          status: 503,
          code: "SlowDown",
          message: "Please reduce your request rate.",
        }, { times: 99 });
        return await scene.run({ "from": "s3://raw/in/", "s3-timeout": "1h" });
      },
    },
    {
      when: "a source that has more bytes than it says, whenever it is read",
      text: "Cannot finish s3://raw/in/a.jsonl: it has more than the 31 bytes that were listed",
      status: 1,
      async provoke(scene) {
        const s3 = await scene.s3();
        const longer = new TextEncoder().encode(record("x").repeat(2));
        s3.fault({ operation: "GetObject" }, () => ({ status: 200, body: longer }), { times: 99 });
        return await scene.run({ from: "s3://raw/in/" });
      },
    },
    {
      when: "an output that is larger than its store allows",
      text: "Cannot write memory:///a: it is larger than 3 parts of up to 10 bytes",
      async provoke() {
        const store = new MemoryStore({ partLimits: { partBytes: 10, maxPartBytes: 10, maxParts: 3 } });
        const options = {
          condition: "always",
          contentType: "application/x-ndjson",
          maxPartsInFlight: 2,
        } as const;
        const writer = new ObjectWriter({ store, name: "a", signal, ...options });
        const message = await failureOf(() => writer.write(new Uint8Array(50)));
        await writer.abort();
        return message;
      },
    },
  ],
};

export const answerTexts: ErrorTexts = {
  name: "Answers",
  rows: [
    answer(
      "a model whose answers are wrong three times",
      'Cannot finish file://<DIR>/in/a.jsonl: Cannot get an answer from grpc://127.0.0.1:<PORT> for {"company":"Acme","title":"x"}: its answer was out of range in 3 calls',
      { fault: () => faults.tooHigh },
    ),
    answer(
      "a model that leaves an answer out three times",
      'Cannot finish file://<DIR>/in/a.jsonl: Cannot get an answer from grpc://127.0.0.1:<PORT> for {"company":"Acme","title":"x"}: its answer was missing in 3 calls',
      { fault: () => faults.none },
      { "max-call-questions": "1" },
    ),
    answer(
      "a model that is overloaded for longer than modelPatience",
      "Cannot finish file://<DIR>/in/a.jsonl: Cannot ask grpc://127.0.0.1:<PORT>: RESOURCE_EXHAUSTED: try later, after 1 attempt in 0 s; modelPatience is 0 s",
      { fail: () => ({ code: "RESOURCE_EXHAUSTED", details: "try later" }) },
    ),
    answer(
      "a model that refuses everything",
      "Cannot finish file://<DIR>/in/a.jsonl: Cannot ask grpc://127.0.0.1:<PORT>: INVALID_ARGUMENT: cannot answer about x; both halves of the call were refused as well",
      { refuse: () => true },
    ),
    answer(
      "a model that refuses more than maxRefusals",
      "Cannot finish file://<DIR>/in/a.jsonl: Cannot ask grpc://127.0.0.1:<PORT>: INVALID_ARGUMENT: cannot answer about x; refused so far: 1, maxRefusals is 0",
      { refuse: ({ title }) => title === "x" },
      { "max-refusals": "0" },
    ),
    answer(
      "a model that rejects the credentials",
      "Cannot finish file://<DIR>/in/a.jsonl: Cannot ask grpc://127.0.0.1:<PORT>: UNAUTHENTICATED: bad token",
      { fail: () => ({ code: "UNAUTHENTICATED", details: "bad token" }) },
    ),
    {
      when: "a model that is down before a call is made",
      text: "Waiting for the model: Cannot ask fake:: UNAVAILABLE: on demand\n" +
        "Cannot ask fake:: it is down, after 0 attempts in 0 s; modelPatience is 0 s",
      async provoke(scene) {
        scene.hurry(0);
        const said: string[] = [];
        const caller = callerOf(new InProcessModel({ fail: () => ({ code: "UNAVAILABLE" }) }), said);
        const ask = () => failureOf(() => caller.ask([encodeKey("Acme", "x")], () => true));
        for (let i = 0; i < 5; i++) await ask();
        return [...said, await ask()].join("\n");
      },
    },
    {
      when: "a model that was down and answers again",
      text: "Waiting for the model: Cannot ask fake:: UNAVAILABLE: on demand\n" +
        "The model answers again: fake:",
      async provoke(scene) {
        const clock = scene.hurry(0);
        const said: string[] = [];
        const caller = callerOf(
          new InProcessModel({ fail: ({ number }) => number <= 5 ? { code: "UNAVAILABLE" } : undefined }),
          said,
        );
        const ask = () => caller.ask([encodeKey("Acme", "x")], () => true);
        for (let i = 0; i < 5; i++) await failureOf(ask);
        clock.tick(60_000);
        await ask();
        return said.join("\n");
      },
    },
    {
      when: "a cache that is down for the whole run",
      text:
        "Continuing without the cache: Cannot read from redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>\n" +
        "Continuing without writing to the cache: Cannot write to redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>\n" +
        "Cannot write 1 answer to redis://127.0.0.1:<PORT>: it still takes none; later runs will ask them again",
      status: 0,
      provoke: (scene: Scene) => scene.run({ cache: `redis://127.0.0.1:${scene.unusedPort()}` }),
    },
    recovery(
      "a cache that was down and is read again",
      "Continuing without the cache: Cannot reach test:: it is down\n" + "The cache works again: test:",
      (memory) => memory.read(["a"], signal),
    ),
    recovery(
      "a cache that was down and is written again",
      "Continuing without writing to the cache: Cannot reach test:: it is down\n" +
        "The cache takes answers again: test:",
      (memory) => memory.write([["a", 1]], signal),
    ),
    recovery(
      "a cache of which a part was away and is back",
      "Continuing without a part of the cache: Cannot reach test:: a server is down\n" +
        "The cache works again as a whole: test:",
      (memory) => memory.read(["a"], signal),
      new PartialReadError({ action: "reach", subject: "test:", reason: "a server is down" }, [undefined]),
    ),
  ],
};
