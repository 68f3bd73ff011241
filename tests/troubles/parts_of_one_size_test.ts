/** Some servers (R2) refuse an upload, at its very end, if not all parts but the last are of one size. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { ObjectWriter } from "../../lib/sinks/object_writer.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { record, Scene } from "../errors/scene.ts";

const KiB = 1024;

/** A store whose parts are a thousandth of S3's, in a server that wants them equal. */
async function strict(limits: { partBytes: number; maxPartBytes: number; maxParts?: number }) {
  const fake = await FakeS3.start({ buckets: ["b"], equalParts: true, minPartBytes: 1 });
  const store = await S3Store.open("s3://b/p/", {
    endpoint: fake.endpoint,
    region: "auto",
    credentials: { accessKeyId: "key", secretAccessKey: "secret" },
  });
  Object.defineProperty(store, "partLimits", { value: { maxParts: 10_000, ...limits } });
  return {
    fake,
    async write(bytes: number, sourceBytes?: number) {
      const writer = new ObjectWriter({
        store,
        sourceBytes,
        name: "a.jsonl",
        condition: "always",
        contentType: "application/x-ndjson",
        maxPartsInFlight: 16,
        signal: new AbortController().signal,
      });
      const chunk = 64 * KiB;
      try {
        for (let at = 0; at < bytes; at += chunk) {
          await writer.write(new Uint8Array(Math.min(chunk, bytes - at)));
        }
        await writer.close();
      } catch (error) {
        await writer.abort();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await fake[Symbol.asyncDispose]();
    },
  };
}

function partSizes(fake: FakeS3): number[] {
  const parts = fake.requests.filter(({ operation }) => operation === "UploadPart");
  return parts.map(({ bytes }) => bytes);
}

Deno.test("ObjectWriter sends parts of one size where it knows the source's, past 1,000 of them", async () => {
  await using under = await strict({ partBytes: 256, maxPartBytes: 2_048 });
  await under.write(1_200 * 256 + 10, 1_000 * 256);
  const sizes = partSizes(under.fake);
  assertEquals([sizes.length, sizes.filter((n) => n === 256).length], [1_201, 1_200]);
  assertEquals(under.fake.object("b", "p/a.jsonl")?.content.bytes, 1_200 * 256 + 10);
});

Deno.test("ObjectWriter chooses larger parts, still of one size, where there would be too many", async () => {
  await using under = await strict({ partBytes: 256, maxPartBytes: 2_048, maxParts: 2_000 });
  await under.write(1_300 * 512, 1_300 * 512);
  // 1,600 parts are to hold twice the source.
  assertEquals([...new Set(partSizes(under.fake))], [1_024]);
});

Deno.test("ObjectWriter has its parts grow behind four fifths of them, rather than end before the output does", async () => {
  await using under = await strict({ partBytes: 16, maxPartBytes: 64, maxParts: 1_300 });
  await assertRejects(
    () => under.write(1_200 * 16, 16),
    Error,
    "All non-trailing parts must have the same length",
  );
  assertEquals([...new Set(partSizes(under.fake))], [16, 32]);
});

Deno.test("ObjectWriter has parts of a stream of unknown length grow", async () => {
  await using under = await strict({ partBytes: 16, maxPartBytes: 64 });
  await assertRejects(
    () => under.write(1_100 * 16),
    Error,
    "All non-trailing parts must have the same length",
  );
});

Deno.test("sluice run --part-size sends parts of that size, and refuses less than S3 takes", async () => {
  await using scene = await Scene.create();
  const s3 = await scene.s3({ equalParts: true });
  const line = record("x".repeat(1_000));
  s3.put("raw", "in/a.jsonl", line.repeat(12_000));
  const places = { from: "s3://raw/in/", to: "s3://mod/out/" };
  const ran = await scene.run({ ...places, "part-size": "5MiB" });
  assertEquals(ran, { text: "", status: 0 });
  assertEquals(partSizes(s3).filter((n) => n > 10).slice(0, 2), [5 * KiB * KiB, 5 * KiB * KiB]);
  const refused = await scene.run({ ...places, "part-size": "4MiB" });
  assertEquals(refused.status, 2);
  assertStringIncludes(refused.text, "must be from 5MiB to 1GiB");
});
