import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { profileText } from "../../../lib/cli/run/profile_text.ts";
import { StageProfile, stageSeconds } from "../../../lib/cli/run/stage_profile.ts";
import type { Summary } from "../../../lib/jobs/summary.ts";

const frame = (functionName: string, url = "") => ({ functionName, url });

Deno.test("stageSeconds() counts each sample for the nearest code of a stage", () => {
  const nodes = [
    { id: 1, callFrame: frame("(root)"), children: [2, 5, 6, 7] },
    {
      id: 2,
      callFrame: frame("transform", "file:///x/lib/stages/parse.ts"),
      children: [3],
    },
    { id: 3, callFrame: frame("parse"), children: [4] },
    {
      id: 4,
      callFrame: frame("send", "https://npm/@aws-sdk/client-s3/index.js"),
    },
    { id: 5, callFrame: frame("(garbage collector)") },
    { id: 6, callFrame: frame("pump", "ext:deno_web/06_streams.js") },
    {
      id: 7,
      callFrame: frame("scan", "file:///x/lib/scan/scan_lines.ts"),
      children: [8],
    },
    { id: 8, callFrame: frame("wasm-function[1]", "wasm://wasm/1") },
  ];
  const samples = [2, 3, 4, 5, 6, 8, 3],
    timeDeltas = [1, 2, 3, 4, 5, 6, 7].map((ms) => ms * 1000);
  assertEquals(
    Object.fromEntries(stageSeconds({ nodes, samples, timeDeltas })),
    {
      "parse": 0.01,
      "store client": 0.003,
      "garbage collection": 0.004,
      "runtime": 0.005,
      "scan": 0.006,
    },
  );
});

Deno.test("StageProfile accounts for all the time between start and stop", async () => {
  const profile = new StageProfile();
  const before = performance.now();
  await profile.start();
  const started = performance.now();
  while (performance.now() - started < 150);
  const busySeconds = (performance.now() - started) / 1000;
  await profile.stop();
  const allSeconds = (performance.now() - before) / 1000;
  const sum = [...profile.seconds.values()].reduce(
    (sum, spent) => sum + spent,
    0,
  );
  assert(
    sum > busySeconds - 0.1 && sum < allSeconds + 0.1,
    `${sum} s of ${busySeconds} to ${allSeconds} s`,
  );
});

Deno.test("profileText() says where the time went, and the figures of interest", () => {
  const summary = {
    objects: { done: 2 },
    records: { in: 11_110, out: 11_110 },
    keys: { asked: 110 },
    cache: { reads: 10, readSeconds: 0.1, writes: 2, writeSeconds: 0.01 },
    seconds: 0.2,
    cpuSeconds: 0.15,
    peakRssBytes: 100 * 1024 ** 2,
    profile: {
      stages: { scan: 3, "cache client": 1 },
      cacheServer: { cpuSeconds: 0.02, memoryBytes: 2 * 1024 ** 2 },
    },
  } as unknown as Summary;
  assertEquals(
    profileText(summary),
    `Time of the main thread by stage, sampled:
  scan                         3 s   75.0 %  ██████████████████
  cache client                 1 s   25.0 %  ██████
one file 5,555 lines take 100 ms at this run's rate
a day    1,440 such files take 2 min 24 s, extrapolated from 11,110 lines in 2 objects
cache    reading: 10 round trips of 10 ms; writing: 2 of 5 ms; 25.0 % of this process's time
service  150 ms of CPU, 100 MiB of memory at most
server   the cache's: 20 ms of CPU, 2 MiB of memory
saved    11,000 of 11,110 questions, by the cache and by deduplication
`,
  );
  const { profile, ...rest } = summary;
  assertStringIncludes(
    profileText({ ...rest, profile: { stages: profile!.stages } }),
    "server   the cache is in this process, or does not report it\n",
  );
});
