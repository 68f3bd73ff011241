import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Stop } from "../../../lib/cli/io.ts";
import { openQueuedMenus } from "../../../lib/cli/menus/open_queued_menus.ts";
import { type QueueScene, queueTest } from "../../queue/queue_scene.ts";
import { ScratchFolder } from "../scratch_folder.ts";
import { until } from "../../until.ts";

const { signal } = new AbortController();
const csv = `MenuId,ProductName,ProductDescription\n${"7,Rum,x\n".repeat(300)}`;

/** A folder with menus and terms, and a queue with jobs for three chunks, each tried once. */
async function enqueued({ redis }: QueueScene): Promise<ScratchFolder> {
  const folder = await ScratchFolder.create();
  folder.write("m/a.csv", csv);
  folder.write("terms.csv", "TermId,Term\n1,Rum\n");
  const flags = ["--queue", redis.url, "--from", "@m", "--chunk-bytes", "1KiB", "--tries", "1"];
  const { jobs } = await folder.figures(["match", "--enqueue", ...flags]);
  assertEquals(jobs.added, 3);
  return folder;
}

const matching = ["--terms", "@terms.csv", "--to", "sqlite:@m.db"];

queueTest(
  "openQueuedMenus() hands a chunk back that its reader leaves, which counts as no try",
  async (scene) => {
    await using folder = await enqueued(scene);
    const queue = { url: scene.redis.url, name: "menus", ca: undefined, claimTimeoutSeconds: 2 };
    const s3 = { ca: undefined, timeoutSeconds: 60 };
    const messages: string[] = [];
    await using menus = await openQueuedMenus(queue, s3, (message) => messages.push(message), signal);
    for await (const { name, range } of menus.objects(signal)) {
      assertEquals([name, range?.firstLine], ["a.csv", 2]);
      break;
    }
    const { active, delayed, failed, waiting } = await scene.outside({ name: "menus" }).state(signal);
    assertEquals({ active, delayed, failed, waiting }, { active: 0, delayed: 0, failed: 0, waiting: 3 });
    const { objects, rows } = await folder.figures(["match", "--queue", scene.redis.url, ...matching]);
    assertEquals([objects.done, rows.matched, messages], [3, 300, []]);
  },
);

queueTest(
  "openQueuedMenus() keeps a chunk that fails with its reason, until it is put back",
  async (scene) => {
    await using folder = await enqueued(scene);
    const work = ["match", "--queue", scene.redis.url, ...matching];
    const queue = ["--queue", scene.redis.url, "--queue-name", "menus"];
    const { status, stderr } = await folder.sluice([...work, "--text-fields", "Text"]);
    assertEquals(status, 1);
    assertStringIncludes(stderr, "3 jobs failed; sluice queue --queue-name menus shows why");
    const { stdout } = await folder.sluice(["queue", ...queue]);
    assertStringIncludes(stdout, `of menus from file://${folder.path}/m/`);
    assertStringIncludes(stdout, "a.csv 38-1062, ");
    assertStringIncludes(stdout, "after 1 attempt: there is no column Text; its columns are MenuId");
    const retried = await folder.sluice(["queue", "retry", "a.csv", ...queue]);
    assertEquals(retried.stdout, "Retrying 3 failed jobs\n");
    const after = await folder.sluice(work);
    assertEquals([after.status, (await scene.outside({ name: "menus" }).state(signal)).failed], [0, 0]);
  },
);

queueTest("openQueuedMenus() leaves all to the others when it is stopped", async (scene) => {
  await using folder = await enqueued(scene);
  // A job that waits to be tried again keeps it waiting.
  const queue = scene.outside({ name: "menus", tries: 2, retrySeconds: 60 });
  const source = `file://${folder.path}/m/`;
  await queue.add([{ source, name: "gone.csv", etag: "e", bytes: 1 }], signal);
  const stop = new AbortController();
  const working = folder.sluice(["match", "--queue", scene.redis.url, ...matching], { signal: stop.signal });
  await until(async () => (await queue.state(signal)).delayed > 0);
  stop.abort(new Stop("SIGTERM"));
  const { status, stderr } = await working;
  assertEquals(status, 0);
  assertStringIncludes(stderr, `${source}gone.csv: it is gone; enqueue it again`);
  assertStringIncludes(stderr, "Stopped by a signal");
  assertEquals((await queue.state(signal)).active, 0);
});
