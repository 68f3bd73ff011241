import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { removeAbandonedUploads } from "../../lib/jobs/abandoned_uploads.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import { UploadJournal } from "../../lib/stores/s3/upload_journal.ts";
import { FakeS3 } from "../fakes/s3.ts";

const { signal } = new AbortController();
const writing = { condition: "always", contentType: "application/x-ndjson", signal } as const;
const hours = 3_600_000;

Deno.test("removeAbandonedUploads() removes a dead process's uploads at once, others' when they are old", async () => {
  const folder = await Deno.makeTempDir();
  await using fake = await FakeS3.start({ buckets: ["b"], maxKeys: 2 });
  const open = (prefix: string, journal?: UploadJournal) =>
    S3Store.open(`s3://b/${prefix}`, {
      endpoint: fake.endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      journal,
    });
  const tell = (message: string) => {
    throw new Error(message);
  };
  const dead = new UploadJournal(folder, tell);
  const living = new UploadJournal(folder, tell);
  const journal = new UploadJournal(folder, tell);
  const stores = await Promise.all([
    open("p/"),
    open("p/", dead),
    open("p/", living),
    open("other/", dead),
  ]);
  const [others, killed, alive, elsewhere] = stores;
  for (const name of ["1", "2", "3"]) await others!.startUpload(`old ${name}`, writing);
  fake.ageUploads(25 * hours);
  await others!.startUpload("new", writing);
  await killed!.startUpload("killed", writing);
  await elsewhere!.startUpload("elsewhere", writing);
  await alive!.startUpload("alive", writing);
  dead[Symbol.dispose]();

  const left = () => fake.unfinishedUploads().map(({ key }) => key).sort();
  const options = { abandonAfterSeconds: 24 * 3600, journal, signal };
  assertEquals(await removeAbandonedUploads(others!, options), 4);
  assertEquals(left(), ["other/elsewhere", "p/alive", "p/new"]);
  assertEquals(await removeAbandonedUploads(others!, options), 0);
  assertEquals(await removeAbandonedUploads(elsewhere!, options), 1);
  assertEquals(left(), ["p/alive", "p/new"]);
  const later = { ...options, now: () => Date.now() + 25 * hours };
  // A living process may take longer than that.
  assertEquals(await removeAbandonedUploads(others!, later), 1);
  assertEquals(left(), ["p/alive"]);

  // What cannot be removed blocks nothing else, and is reported at the end.
  for (const name of ["x", "y"]) await others!.startUpload(name, writing);
  fake.fault({ operation: "AbortMultipartUpload" }, { status: 403, code: "AccessDenied" });
  await assertRejects(() => removeAbandonedUploads(others!, later), Error, "403 AccessDenied");
  assertEquals(left().length, 2);

  for (const store of stores) await store.close();
  living[Symbol.dispose]();
  journal[Symbol.dispose]();
  await Deno.remove(folder, { recursive: true });
});
