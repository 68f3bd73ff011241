import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert/mod.js";
import { FakeModel } from "../../fakes/model.ts";
import { until } from "../../until.ts";
import { line, OpenBody, problemOf, Serving } from "../../service/serving.ts";

const keys = (...titles: string[]) => titles.map((title) => ({ company: "Acme", title }));

Deno.test("serve lets requests under way finish within the grace, and refuses new ones", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url, flags: { grace: "60s" } });
  const ready = await serving.fetch("/readyz");
  assertEquals([ready.status, await ready.text()], [200, "ready\n"]);
  const body = new OpenBody();
  body.send(line("a"));
  const response = await serving.records(body.stream);
  serving.term();
  const draining = await serving.fetch("/readyz");
  assertEquals([draining.status, await draining.text()], [503, "not ready\n"]);
  assertEquals(await serving.fetch("/healthz").then((alive) => alive.text()), "alive\n");
  for (const refused of [await serving.answers(keys("b")), await serving.records(line("b"))]) {
    assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
    assertEquals(
      (await problemOf(refused)).detail,
      "The server is shutting down; send the request to its successor",
    );
  }
  assertEquals((await serving.snapshot()).state, "draining");
  body.send(line("c"));
  body.close();
  assertStringIncludes(await response.text(), '"sluice":{"in":2,"out":2');
  assertEquals(await serving.status, 0);
  assertEquals(serving.log.at(-1)!.message, "Stopped: 1 request answered, 0 failed, 2 refused");
  await assertRejects(() => serving.fetch("/healthz"));
});

Deno.test("serve breaks off what is under way when the grace is over", async () => {
  await using model = await FakeModel.start({
    fail: ({ questions }) => questions.some(({ title }) => title === "never") ? "hang" : undefined,
  });
  await using serving = await Serving.start({ model: model.url, flags: { grace: "0s" } });
  const body = new OpenBody();
  body.send(line("a"));
  const response = await serving.records(body.stream);
  const waiting = serving.answers(keys("never"));
  await until(() => model.calls.length === 2);
  serving.term();
  const refused = await waiting;
  assertEquals([refused.status, (await problemOf(refused)).status], [503, 503]);
  await assertRejects(() => response.text());
  assertEquals(await serving.status, 143);
  assertEquals(serving.log.at(-1)!.message, "Stopped: 0 requests answered, 2 failed, 0 refused");
  assertEquals(serving.log.filter(({ level }) => level === "ERROR"), []);
});

Deno.test("serve ends although a client does not read its answer", async () => {
  await using serving = await Serving.start({ flags: { grace: "0s" } });
  const connection = await serving.connect(
    "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n" +
      `Content-Length: 100000000\r\n\r\n`,
  );
  const flooded = connection.write(new TextEncoder().encode(line("a").repeat(1_000_000))).catch(() => {});
  while ((await serving.metric("sluice_work_in_progress"))[""] === 0);
  assertEquals(await serving.end(), 143);
  await new Response(connection.readable).bytes().catch(() => {});
  await flooded;
});

Deno.test({
  name: "serve is not ready while the model is down, and is again when it answers",
  async fn() {
    let isDown = true;
    await using model = await FakeModel.start({ fail: () => isDown ? { code: "UNAVAILABLE" } : undefined });
    await using serving = await Serving.start({ model: model.url, flags: { "model-patience": "30s" } });
    const asked = serving.answers(keys("a"));
    await until(() => serving.log.some(({ message }) => message.startsWith("Waiting for the model: ")));
    const down = await serving.fetch("/readyz");
    assertEquals([down.status, await down.text()], [503, "not ready\n"]);
    assertEquals(await serving.metric("sluice_model_up"), { "": 0 });
    isDown = false;
    assertEquals((await asked).status, 200);
    await (await asked).body?.cancel();
    const up = await serving.fetch("/readyz");
    assertEquals([up.status, await up.text()], [200, "ready\n"]);
    assertEquals(serving.log.at(-1)!.level, "INFO");
    assertMatch(serving.log.at(-1)!.message, /^The model answers again: /);
  },
});

Deno.test("serve answers at once while 200 connections have sent a few bytes of their bodies", async () => {
  await using serving = await Serving.start({ flags: { "max-requests": "2" } });
  const head = (path: string, type: string) =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n`;
  const slow = await Promise.all(Array.from({ length: 200 }, (_, i) =>
    serving.connect(
      i % 2 === 0 ? head("/v1/records", "application/x-ndjson") : head("/v1/answers", "application/json"),
    )));
  const byte = new Uint8Array([0x20]);
  for (let bytes = 1; bytes <= 3; bytes++) {
    await Promise.all(slow.map((connection) => connection.write(byte)));
    const started = performance.now();
    const response = await serving.answers(keys(`${bytes}`));
    assertEquals((await response.json()).answers.length, 1);
    assertLess(performance.now() - started, 1_000);
  }
  for (const connection of slow) connection.close();
});

Deno.test("serve has figures that equal what was done, in its metrics as in its snapshot", async () => {
  await using model = await FakeModel.start({ refuse: ({ title }) => title === "odd" });
  await using serving = await Serving.start({ model: model.url });
  const text = async (answered: Promise<Response>) => await (await answered).text();
  const body = `${line("a")}${line("a")}\nno json\n${line("b")}`;
  const out = await text(serving.records(body));
  await text(serving.answers(keys("b", "c")));
  await text(serving.records("", { type: "text/csv" }));
  assertEquals(await serving.metric("sluice_records_total"), {
    // Three records, and two keys.
    'outcome="answered"': 5,
    'outcome="rejected"': 1,
    'outcome="blank"': 1,
  });
  assertEquals(await serving.metric("sluice_keys_total"), {
    'source="process"': 1,
    'source="cache"': 0,
    'source="model"': 3,
  });
  const stats = model.stats();
  assertEquals(await serving.metric("sluice_model_calls_total"), { "": stats.calls });
  assertEquals(await serving.metric("sluice_model_call_duration_seconds_count"), {
    'outcome="answered"': stats.calls,
  });
  assertEquals(await serving.metric("sluice_model_questions_total"), { "": stats.questions });
  assertEquals(await serving.metric("sluice_read_bytes_total"), { "": body.length });
  assert((await serving.metric("sluice_written_bytes_total"))[""]! >= out.length);
  assertEquals(await serving.metric("sluice_rejects_total"), { 'reason="invalid_json"': 1 });
  const requests = await serving.metric("sluice_requests_total");
  const { records, keys: known, model: calls, requests: served, rejects, state } = await serving.snapshot();
  assertEquals(records, { in: 7, out: 5, rejected: 1, blank: 1 });
  assertEquals(known, { seen: 4, local: 1, hits: 0, asked: 3 });
  assertEquals([calls.calls, calls.questions], [stats.calls, stats.questions]);
  assertEquals(requests, {
    'outcome="done"': served!.done,
    'outcome="failed"': served!.failed,
    'outcome="refused"': served!.refused,
  });
  assertEquals([served!.done + served!.failed, served!.refused], [3, 0]);
  assertEquals([rejects.map(({ reason, count }) => [reason, count]), state], [
    [["invalid_json", 1]],
    "waiting",
  ]);
});
