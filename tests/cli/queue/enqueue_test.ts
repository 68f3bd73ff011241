import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { queueTest } from "../../queue/queue_scene.ts";
import { ScratchFolder } from "../scratch_folder.ts";

const line = '{"company":"Acme","title":"Clerk"}\n';

queueTest("sluice enqueue ends with 4 where there is nothing, and names what it skips", async ({ redis }) => {
  await using folder = await ScratchFolder.create();
  folder.write("in/a.log", line);
  const env = { SLUICE_QUEUE: redis.url, SLUICE_LEDGER: `${folder.path}/ledger.db` };
  const enqueue = ["enqueue", "--from", "@in", "--to", "@out", "--model", "reference:", "--json"];
  const none = await folder.sluice(enqueue, { env });
  assertEquals(none.status, 4, none.stderr);
  assertStringIncludes(
    none.stderr,
    "1 skipped: a.log (not a record file by its name: --format jsonl takes it)",
  );
  assertEquals(JSON.parse(none.stdout).skippedObjects.reasons, { not_a_record_file: 1 });
  assertEquals((await folder.sluice([...enqueue, "--allow-empty"], { env })).status, 0);
  const all = await folder.sluice([...enqueue, "--format", "jsonl"], { env });
  assertEquals([all.status, JSON.parse(all.stdout).added], [0, 1]);
});

queueTest(
  "sluice work says that a job's object is no record file, and keeps the job as failed",
  async ({ redis }) => {
    await using folder = await ScratchFolder.create();
    folder.write("in/a.log", line);
    const env = { SLUICE_QUEUE: redis.url, SLUICE_LEDGER: `${folder.path}/ledger.db`, SLUICE_TRIES: "1" };
    const recipe = ["--model", "reference:"];
    await folder.sluice(["enqueue", "--from", "@in", "--to", "@out", ...recipe, "--format", "jsonl"], {
      env,
    });
    const work = ["work", ...recipe, "--until-empty", "--listen", "127.0.0.1:0", "--cache", "none:"];
    const { status, stderr } = await folder.sluice(work, { env });
    assertEquals(status, 1, stderr);
    assertStringIncludes(stderr, "Skipped a.log: not a record file by its name");
  },
);
