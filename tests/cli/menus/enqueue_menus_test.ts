import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { gzipSync } from "node:zlib";
import { csvChunks } from "../../../lib/records/csv/csv_chunks.ts";
import { awsEnvironment } from "../../fakes/aws_environment.ts";
import { FakeS3 } from "../../fakes/s3.ts";
import { type QueueScene, queueTest } from "../../queue/queue_scene.ts";
import { ScratchFolder } from "../scratch_folder.ts";

const { signal } = new AbortController();
const header = "MenuId,ProductName,ProductDescription\n";
const csv = header + '7,"Rum\n& ""Cola""",x\n'.repeat(300);

function flags({ redis }: QueueScene, from: string): string[] {
  return ["match", "--enqueue", "--queue", redis.url, "--from", from, "--chunk-bytes", "1KiB"];
}

/** What the jobs of the queue `menus` are about. */
async function jobsOf(scene: QueueScene) {
  const claims = scene.claims({ name: "menus" });
  return (await claims.claim(100, signal)).map((message) => message.job());
}

queueTest("enqueueMenus() adds a job for each chunk, and none twice", async (scene) => {
  await using folder = await ScratchFolder.create();
  folder.write("m/a.csv", csv);
  folder.write("m/empty.csv", header);
  folder.write("m/other.txt", csv);
  assertEquals(await folder.figures(flags(scene, "@m")), {
    objects: { enqueued: 2, failed: 0 },
    jobs: { added: 7, known: 0, failed: 0 },
    skippedObjects: {
      reasons: { not_a_record_file: 1 },
      names: [{ name: "other.txt", reason: "not_a_record_file" }],
    },
  });
  const again = await folder.figures(flags(scene, "@m"));
  assertEquals(again.jobs, { added: 0, known: 7, failed: 0 });
  const jobs = await jobsOf(scene);
  assertEquals(
    jobs.map(({ chunk }) => chunk),
    await Array.fromAsync(csvChunks(new Blob([csv]).stream(), { chunkBytes: 1_024, maxLineBytes: 1_000 })),
  );
  assertEquals(jobs.map(({ bytes, chunk }) => chunk!.end - chunk!.start - bytes), jobs.map(() => 0));
  const about = { source: `file://${folder.path}/m/`, destination: undefined, name: "a.csv" };
  for (const { source, destination, name } of jobs) assertEquals({ source, destination, name }, about);
});

queueTest(
  "enqueueMenus() adds one job for an object that is compressed, whatever its name",
  async (scene) => {
    await using folder = await ScratchFolder.create();
    folder.write("m/a.csv", gzipSync(csv));
    folder.write("m/b.csv.gz", gzipSync(csv));
    assertEquals((await folder.figures(flags(scene, "@m"))).jobs.added, 2);
    const jobs = await jobsOf(scene);
    assertEquals(jobs.map(({ chunk, name }) => [name, chunk]), [["a.csv", undefined], [
      "b.csv.gz",
      undefined,
    ]]);
  },
);

queueTest("enqueueMenus() continues after an object that cannot be cut", async (scene) => {
  await using folder = await ScratchFolder.create();
  folder.write("m/a.csv", `MenuId,${"x".repeat(5_000)}\n`);
  folder.write("m/b.csv", csv);
  const { status, stderr } = await folder.sluice([...flags(scene, "@m"), "--max-line-bytes", "1KiB"]);
  assertEquals(status, 1);
  assertStringIncludes(stderr, "/m/a.csv: its header row is longer");
  assertStringIncludes(stderr, `Added 7 jobs to queue menus of ${scene.redis.url}, for 1 object\n`);
});

queueTest("enqueueMenus() names a prefix in S3, which each worker opens by itself", async (scene) => {
  await using folder = await ScratchFolder.create();
  await using s3 = await FakeS3.start({ buckets: ["menus"] });
  using _ = await awsEnvironment(s3.environment);
  s3.put("menus", "2024/a.csv", csv);
  s3.put("menus", "2024/b.csv.gz", gzipSync(`${header}8,Rum,\n`));
  folder.write("terms.csv", "TermId,Term\n1,Rum\n");
  assertEquals((await folder.figures(flags(scene, "s3://menus/2024/"))).jobs.added, 8);
  const { objects, pairs, rows } = await folder.figures(
    ["match", "--queue", scene.redis.url, "--terms", "@terms.csv", "--to", "sqlite:@m.db"],
  );
  assertEquals([objects.done, rows.in, pairs.found, pairs.new], [8, 301, 301, 2]);
});
