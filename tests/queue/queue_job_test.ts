import { assertEquals, assertNotEquals } from "@std/assert/mod.js";
import { parseQueueJob, queueJobId } from "../../lib/queue/queue_job.ts";

const chunk = { start: 10, end: 20, firstLine: 2 };

Deno.test("queueJobId() distinguishes chunks by where they begin and end, not by their line", async () => {
  const id = (chunk?: { start: number; end: number; firstLine: number }) =>
    queueJobId({ name: "a.csv", etag: "e", chunk });
  assertEquals(await id({ ...chunk, firstLine: 3 }), await id(chunk));
  const others = [undefined, { ...chunk, start: 11 }, { ...chunk, end: 30 }];
  for (const other of others) assertNotEquals(await id(other), await id(chunk));
});

Deno.test("parseQueueJob() understands a chunk of menus, which has no destination", () => {
  const job = { source: "s3://menus/", name: "a.csv", etag: "e", bytes: 10, chunk };
  assertEquals(parseQueueJob(job, "job 1"), job);
});
