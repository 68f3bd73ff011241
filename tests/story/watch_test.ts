import { assertEquals, assertMatch } from "@std/assert/mod.js";
import { sluice } from "./sluice_process.ts";
import { answered, event, line, minute, surroundings } from "./watched.ts";

Deno.test("sluice watch: SIGTERM lets the object under way be finished", async () => {
  await using under = await surroundings();
  const { s3, watch } = under;
  s3.fault({ operation: "GetObject" }, async (_, proceed) => {
    const answer = await proceed();
    process.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return answer;
  });
  s3.put("raw", `in/${minute(1)}`, line("a"));
  const process = watch("--every", "1s");
  const { status } = await process.ended;
  assertEquals(status, 0);
  assertEquals(await s3.text("mod", `out/${minute(1)}`), answered("a"));
});

Deno.test("sluice check --events says how the queue stands, and takes no message out of it", async () => {
  await using under = await surroundings();
  const { s3, sqs, model } = under;
  const queue = sqs.createQueue("objects");
  s3.put("raw", `in/${minute(1)}`, line("a"));
  sqs.send("objects", event(`in/${minute(1)}`));
  const { status, stdout } = await sluice([
    ...[
      "check",
      "--from",
      "s3://raw/in/",
      "--to",
      "s3://mod/out/",
      "--model",
      model.url,
      "--cache",
      "memory:",
    ],
    ...["--events", queue],
  ], {
    env: s3.environment,
  });
  assertEquals(status, 0, stdout);
  assertMatch(stdout, /^ok {6}events {7}http:.*\/objects, .*1/m);
  assertEquals(sqs.waiting("objects").length, 1);
});
