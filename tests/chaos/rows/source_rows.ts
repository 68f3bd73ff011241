import { gzipSync } from "node:zlib";
import type { FakeAnswer } from "../../fakes/s3_fault.ts";
import { concat, joinLines, oddLines, plainLines } from "../../story/corpus.ts";
import {
  endedUndone,
  endedWell,
  finishes,
  pause,
  type Row,
  sometimes,
  survived,
  takenUpAgain,
} from "../row.ts";
import type { World } from "../world.ts";

/** All of an answer's body. */
async function whole({ body }: FakeAnswer): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body as BodyInit).arrayBuffer());
}

/** The first bytes of a body, and then nothing for longer than a run waits. */
async function* stalling(body: NonNullable<FakeAnswer["body"]>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body instanceof Uint8Array ? [body] : body) {
    yield chunk.subarray(0, 1_000);
    break;
  }
  await pause(1_500);
  throw new Error("stalled");
}

/** Answers that carry `change`d bytes of the same object, as if these were all. */
function changed(world: World, key: string, change: (bytes: Uint8Array) => Uint8Array, times: number): void {
  world.s3.fault({ operation: "GetObject", key }, async (_, proceed) => {
    const answer = await proceed();
    const bytes = change(await whole(answer));
    return { ...answer, headers: { ...answer.headers, "content-length": String(bytes.length) }, body: bytes };
  }, { times });
}

/** An object that can never be read beside good ones: those are done, and it is not there. */
function unreadable(fault: string, name: string, bytes: (world: World) => Uint8Array): Row {
  return {
    fault,
    async run(world) {
      world.issue(6);
      world.s3.put("raw", `in/${name}`, bytes(world));
      const first = await world.run();
      const remarks = endedUndone(first);
      if (!first.stderr.includes(`Cannot finish s3://raw/in/${name}: `)) {
        remarks.push("it did not name the object");
      }
      world.s3.delete("raw", `in/${name}`);
      return [...remarks, ...await finishes(world)];
    },
  };
}

const lines = (world: World) => [...plainLines(world.random(500, 3_000), 100), ...oddLines()];
const bytesOf = (all: ReturnType<typeof lines>) => joinLines(all.map(({ input }) => input));

export const sourceRows: Row[] = [
  survived("source: connection reset at random offsets", (world) => {
    sometimes(world, "GetObject", { cutAfterBytes: world.random(0, 40_000) }, 20);
  }),
  survived("source: stalls", (world) => {
    sometimes(world, "GetObject", async (_, proceed) => {
      const { body, ...answer } = await proceed();
      return { ...answer, body: stalling(body!) };
    }, 2);
  }, { args: ["--idle-timeout", "500ms"] }),
  survived(
    "source: 500 InternalError",
    (world) => sometimes(world, "GetObject", { status: 500, code: "InternalError" }, 4),
  ),
  survived("source: 503 SlowDown with Retry-After", (world) =>
    sometimes(world, "GetObject", () => ({
      status: 503,
      headers: { "retry-after": "1", "content-type": "application/xml" },
      body: new TextEncoder().encode("<Error><Code>SlowDown</Code></Error>"),
    }), 2)),
  survived(
    "source: listing fails at times",
    (world) => sometimes(world, "ListObjectsV2", { status: 500, code: "InternalError" }, 3),
  ),
  takenUpAgain(
    "source: 403",
    (world) => sometimes(world, "GetObject", { status: 403, code: "AccessDenied" }),
  ),
  takenUpAgain(
    "source: expired credentials",
    (world) => sometimes(world, "GetObject", { status: 400, code: "ExpiredToken" }, 2),
  ),
  {
    fault: "source: an object gone after listing",
    async run(world) {
      world.issue(6);
      const gone = world.names[2]!;
      world.s3.fault({ operation: "GetObject", key: `in/${gone}` }, (_, proceed) => {
        world.s3.delete("raw", `in/${gone}`);
        return proceed();
      });
      const result = await world.run();
      world.forget(gone);
      return endedWell(result);
    },
  },
  {
    fault: "source: an object replaced while it is read",
    async run(world) {
      world.issue(4);
      const name = "replaced.jsonl";
      world.issueObject(name, lines(world));
      world.s3.fault({ operation: "GetObject", key: `in/${name}` }, async (_, proceed) => {
        const answer = await proceed(), bytes = await whole(answer);
        world.issueObject(name, lines(world));
        return { ...answer, body: cutOff(bytes.subarray(0, world.random(0, bytes.length - 1))) };
      });
      return endedWell(await world.run());
    },
  },
  survived("source: a body that ends early", (world) => {
    const key = `in/${world.names[0]}`;
    changed(world, key, (bytes) => bytes.subarray(0, world.random(0, bytes.length - 1)), 2);
  }),
  takenUpAgain("source: a body longer than listed", (world) => {
    const extra = new TextEncoder().encode(`{"company":"foreign","title":"foreign"}\n`);
    changed(world, `in/${world.names[0]}`, (bytes) => concat([bytes, extra]), 10);
  }),
  takenUpAgain("source: corrupt gzip at first", (world) => {
    const name = world.names.find((name) => name.endsWith(".gz"))!;
    changed(
      world,
      `in/${name}`,
      (bytes) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 0x55),
      1,
    );
  }),
  unreadable("source: truncated gzip", "truncated.jsonl.gz", (world) => {
    const gzip = new Uint8Array(gzipSync(bytesOf(lines(world))));
    return gzip.subarray(0, world.random(20, gzip.length - 1));
  }),
  unreadable(
    "source: a gzip bomb",
    "bomb.jsonl.gz",
    () => new Uint8Array(gzipSync(new Uint8Array(200 * 1024 * 1024), { level: 9 })),
  ),
  {
    fault: "source: gzip of several members",
    async run(world) {
      const all = lines(world), members: Uint8Array[] = [];
      const bytes = bytesOf(all);
      for (let at = 0; at < bytes.length;) {
        const end = at + world.random(1, 60_000);
        members.push(gzipSync(bytes.subarray(at, end)));
        at = end;
      }
      world.issueObject("members.jsonl.gz", all, { bytes: concat(members) });
      return endedWell(await world.run());
    },
  },
  {
    fault: "source: a body with Content-Encoding",
    async run(world) {
      const all = lines(world);
      world.issueObject("encoded.jsonl", all, {
        compression: "gzip",
        headers: { "content-encoding": "gzip", "content-type": "application/x-ndjson" },
      });
      sometimes(world, "GetObject", { cutAfterBytes: 2_000 }, 2);
      return endedWell(await world.run());
    },
  },
  {
    fault: "source: objects under the destination's prefix",
    async run(world) {
      world.issue(4);
      const foreign = "foreign.jsonl", text = `{"company":"foreign","title":"foreign"}\n`;
      world.s3.put("mod", `out/${foreign}`, text);
      world.allow(foreign);
      const remarks = endedWell(await world.run());
      if (await world.s3.text("mod", `out/${foreign}`) !== text) remarks.push("a foreign object was changed");
      const keys = world.s3.keys("raw").length;
      const { status, stderr } = await world.run("--to", "s3://raw/in/mod/");
      if (status !== 1 || !stderr.includes("one lies in the other")) {
        remarks.push(`nested: ${status}: ${stderr}`);
      }
      if (world.s3.keys("raw").length !== keys) remarks.push("nested: something was written");
      return remarks;
    },
  },
];

/** Bytes, and then the connection is cut. */
async function* cutOff(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
  throw new Error("cut");
}
