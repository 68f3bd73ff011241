import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { until } from "../until.ts";
import { line, OpenBody, problemOf, Serving } from "./serving.ts";

const answered = (title: string) => line(title).replace("}", `,"seniority":${fakeLevel("Acme", title)}}`);
const trailer = (counts: Record<string, unknown>) =>
  `${
    JSON.stringify({ sluice: { in: 0, out: 0, rejected: 0, blank: 0, reasons: {}, rejects: [], ...counts } })
  }\n`;

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).bytes();
}

async function gunzip(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { gunzipSync } = await import("node:zlib");
  return new TextDecoder().decode(gunzipSync(bytes));
}

/** Until as many requests are under way. */
async function untilUnderWay(serving: Serving, requests: number): Promise<void> {
  const started = performance.now();
  while ((await serving.metric("sluice_work_in_progress"))[""] !== requests) {
    assertLess(performance.now() - started, 5_000, `still not ${requests} under way`);
  }
}

Deno.test("recordsRoute() leaves every byte but the answer as it was", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url });
  const id = 12345678901234567890n;
  const body =
    `{ "id":${id}, "title" :"a\\u00e9" ,"company":"Acme", "x":1.0 }\n\n{"company":"Acme","title":"b","seniority":9}\n`;
  const response = await serving.records(body);
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("content-type"), "application/x-ndjson");
  const a = fakeLevel("Acme", "aé"), b = fakeLevel("Acme", "b");
  assertEquals(
    await response.text(),
    `{ "id":${id}, "title" :"a\\u00e9" ,"company":"Acme", "x":1.0,"seniority":${a} }\n` +
      `{"company":"Acme","title":"b","seniority":${b}}\n` + trailer({ in: 3, out: 2, blank: 1 }),
  );
});

Deno.test("recordsRoute() answers the first line before the last has gone in", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url });
  const body = new OpenBody();
  body.send(line("a"));
  const response = await serving.records(body.stream);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, answered("a"));
  body.send(line("b"));
  assertEquals((await lines.read()).value, answered("b"));
  await untilUnderWay(serving, 1);
  body.close();
  assertEquals((await lines.read()).value, trailer({ in: 2, out: 2 }));
  assertEquals((await lines.read()).done, true);
  await untilUnderWay(serving, 0);
});

Deno.test("recordsRoute() names rejects in the trailer, or leaves it out", async () => {
  await using model = await FakeModel.start({ refuse: ({ title }) => title === "odd" });
  await using serving = await Serving.start({ model: model.url });
  const body = `${line("a")}no json\n${line("odd")}{"company":"Acme"}\n`;
  const [first, last, ...rest] = (await (await serving.records(body)).text()).trimEnd().split("\n");
  assertEquals([`${first}\n`, rest], [answered("a"), []]);
  const { in: lines, out, rejected, blank, reasons, rejects } = JSON.parse(last!).sluice;
  assertEquals([lines, out, rejected, blank], [4, 1, 3, 0]);
  assertEquals(Object.values(reasons).reduce((sum: number, n) => sum + (n as number), 0), 3);
  assertEquals(rejects.map(({ line }: { line: number }) => line), [2, 3, 4]);
  assertEquals([rejects[0].text, rejects[1].reason], ["no json", "model_refused"]);
  assertEquals(
    JSON.parse(last!).sluice.fieldFaults,
    '1 of 4 records lacks the field "title" (found: company)',
  );

  assertEquals(await (await serving.records(body, { path: "?trailer=none" })).text(), answered("a"));
  const wrong = await serving.records(body, { path: "?trailer=all" });
  assertEquals(await problemOf(wrong), { status: 400, detail: "trailer must be none or omitted, is all" });
});

Deno.test("recordsRoute() answers gzip with gzip, trailer and all", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url });
  const titles = Array.from({ length: 3_000 }, (_, i) => `title ${i % 700}`);
  const body = await gzip(titles.map((title) => line(title)).join(""));
  const expected = titles.map(answered).join("") + trailer({ in: 3_000, out: 3_000 });

  const stored = await serving.records(body, { type: "application/gzip" });
  assertEquals(stored.headers.get("content-type"), "application/gzip");
  assertEquals(stored.headers.get("content-encoding"), null);
  assertEquals(await gunzip(await stored.bytes()), expected);

  // Read without `fetch`, which undoes it.
  const connection = await serving.connect(
    "POST /v1/records HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n" +
      `Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
  );
  const writer = connection.writable.getWriter();
  await writer.write(body);
  const bytes = await new Response(connection.readable).bytes();
  const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  const head = new TextDecoder().decode(bytes.subarray(0, end)).toLowerCase();
  assertStringIncludes(head, "content-type: application/x-ndjson");
  assertStringIncludes(head, "content-encoding: gzip");
  assertEquals(await gunzip(bytes.slice(end + 4)), expected);

  const encoded = await serving.records(body, { headers: { "content-encoding": "gzip" } });
  assertEquals(await encoded.text(), expected);
  for (const encoding of ["br", "gzip, gzip"]) {
    const other = await serving.records(body, { headers: { "content-encoding": encoding } });
    assertEquals((await problemOf(other)).status, 415);
  }
});

Deno.test("recordsRoute() answers CSV, with a trailer behind #", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url });
  const response = await serving.records('company,title\n"Acme",a\nAcme,"b"\n', {
    type: "text/csv; charset=utf-8",
  });
  assertEquals(response.headers.get("content-type"), "text/csv");
  assertEquals(
    await response.text(),
    `company,title,seniority\n"Acme",a,${fakeLevel("Acme", "a")}\nAcme,"b",${fakeLevel("Acme", "b")}\n` +
      `#${trailer({ in: 2, out: 2 })}`,
  );
  const wrong = await problemOf(await serving.records("name\nx\n", { type: "text/csv" }));
  assertEquals(wrong.status, 400);
  assertStringIncludes(wrong.detail, "Cannot read CSV: there is no column company and no column title");
});

Deno.test("recordsRoute() answers nothing with a trailer alone, and takes no other content type", async () => {
  await using serving = await Serving.start();
  for (const body of ["", null]) {
    assertEquals(await (await serving.records(body)).text(), trailer({}));
    assertEquals(await (await serving.records(body, { path: "?trailer=none" })).text(), "");
  }
  for (const type of ["", "application/json"]) {
    const { status, detail } = await problemOf(await serving.records(line("a"), { type }));
    assertEquals(status, 415);
    assertStringIncludes(detail, `not ${type || "a body without content-type"}`);
  }
});

Deno.test("recordsRoute() says so where gzip is broken from the beginning, and breaks off later", async () => {
  await using serving = await Serving.start();
  const whole = await gzip(line("a").repeat(50_000));
  const short = await serving.records(whole.subarray(0, 100), { type: "application/gzip" });
  assertEquals(short.status, 400);
  assertStringIncludes((await problemOf(short)).detail, "gzip ends in the middle of a member");

  const titles = Array.from({ length: 50_000 }, () => line(crypto.randomUUID()));
  const long = await gzip(titles.join(""));
  const response = await serving.records(long.subarray(0, -1_000), { type: "application/gzip" });
  assertEquals(response.status, 200);
  await assertRejects(() => response.bytes(), TypeError);
  await untilUnderWay(serving, 0);
  assertStringIncludes(
    serving.log.at(-1)!.message,
    "Cannot finish /v1/records, request 2: Cannot decompress: gzip ends",
  );
  assertEquals(serving.log.at(-1)!.level, "INFO");
});

Deno.test("recordsRoute() gives everything back where a body breaks off in the middle", async () => {
  await using serving = await Serving.start();
  const body = new OpenBody();
  body.send(line("a"));
  const response = await serving.records(body.stream);
  await untilUnderWay(serving, 1);
  body.breakOff();
  await assertRejects(() => response.text());
  await untilUnderWay(serving, 0);
  assertEquals((await serving.metric("sluice_requests_total"))['outcome="failed"'], 1);
  assertEquals(serving.log.filter(({ level }) => level !== "INFO"), []);
});

Deno.test("recordsRoute() breaks the connection off when the model fails in the middle", async () => {
  await using model = await FakeModel.start({
    fail: ({ questions }) =>
      questions.some(({ title }) => title === "bad") ? { code: "PERMISSION_DENIED" } : undefined,
  });
  await using serving = await Serving.start({ model: model.url });
  const body = new OpenBody();
  body.send(line("a"));
  const response = await serving.records(body.stream);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, answered("a"));
  body.send(line("bad"));
  await assertRejects(() => lines.read(), TypeError);
  const { kind, level, message, request } = serving.log.at(-1)!;
  assertEquals({ kind, level, request }, { kind: "model", level: "WARN", request: "/v1/records, request 1" });
  assertStringIncludes(message, "Cannot finish /v1/records, request 1: Cannot ask ");
  await untilUnderWay(serving, 0);

  const early = await serving.records(line("bad"));
  assertEquals(early.status, 503);
  assertStringIncludes((await problemOf(early)).detail, "PERMISSION_DENIED");
});

Deno.test("recordsRoute() frees the slot of a client that disconnects, and others continue", async () => {
  await using model = await FakeModel.start({
    fail: ({ questions }) => questions.some(({ title }) => title === "never") ? "hang" : undefined,
  });
  await using serving = await Serving.start({
    model: model.url,
    flags: { "max-requests": "2", grace: "0s" },
  });
  const reading = new OpenBody(), left = new AbortController();
  reading.send(line("a"));
  const response = await serving.records(reading.stream, { signal: left.signal });
  const waiting = new OpenBody(), gone = new AbortController();
  waiting.send(line("never"));
  const failed = serving.records(waiting.stream, { signal: gone.signal }).catch(() => "gone");
  await until(() => model.calls.length === 2);
  await untilUnderWay(serving, 2);
  const refused = await serving.records(line("b"));
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  assertStringIncludes((await problemOf(refused)).detail, "2 requests are in progress already");
  gone.abort();
  assertEquals(await failed, "gone");
  await untilUnderWay(serving, 1);
  assertEquals(await (await serving.records(line("b"))).text(), answered("b") + trailer({ in: 1, out: 1 }));
  left.abort();
  await response.text().catch(() => {});
  await untilUnderWay(serving, 0);
  assertEquals(await serving.metric("sluice_requests_total"), {
    'outcome="done"': 1,
    'outcome="failed"': 2,
    'outcome="refused"': 1,
  });
  assertEquals(serving.log.filter(({ level }) => level === "ERROR" || level === "WARN"), []);
});

/**
 * What is taken at most from a sender whose reader does not read: batches in the window, the lookup's four that wait
 * for the stages behind, those in infer, rejects, encode and compress, each of `windowBytes` and a chunk of 64 KiB; and
 * what the system's sockets and the platform's HTTP hold, which is allowed 16 MiB.
 */
const windowBytes = 65_536;
const maxHeldBytes = 9 * (windowBytes + 65_536) + 16 * 1024 ** 2;

Deno.test("recordsRoute() holds a sender whose reader does not read, and continues when it reads", async () => {
  await using serving = await Serving.start({
    flags: { "window-bytes": String(windowBytes), "max-in-flight": "1MiB" },
  });
  const chunk = new TextEncoder().encode(
    Array.from({ length: 500 }, (_, i) => line(`title ${i}`, "x".repeat(100))).join(""),
  );
  const chunks = Math.ceil(2 * maxHeldBytes / chunk.length);
  const connection = await serving.connect(
    "POST /v1/records HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n" +
      `Content-Length: ${chunks * chunk.length}\r\n\r\n`,
  );
  let sent = 0;
  const writer = connection.writable.getWriter();
  const sending = (async () => {
    for (let i = 0; i < chunks; i++) {
      await writer.write(chunk);
      sent += chunk.length;
    }
  })();
  // Held, when nothing more has gone for as long as fifty other requests take.
  for (let before = -1; before < sent;) {
    before = sent;
    for (let i = 0; i < 50; i++) await serving.metric("sluice_build_info");
  }
  assert(sent > 0);
  assertLess(sent, maxHeldBytes);
  const { "": taken } = await serving.metric("sluice_read_bytes_total");
  assertLess(taken, 9 * (windowBytes + 65_536) + 4 * 1024 ** 2);

  let lines = 0, last = new Uint8Array(0);
  for await (const bytes of connection.readable) {
    for (const byte of bytes) if (byte === 10) lines++;
    last = bytes;
  }
  await sending;
  assertEquals(sent, chunks * chunk.length);
  assert(lines > chunks * 500, `${lines} lines`);
  assertStringIncludes(new TextDecoder().decode(last), `"out":${chunks * 500},"rejected":0`);
});

Deno.test("recordsRoute() takes the time of a request whose reader does not read", async () => {
  await using serving = await Serving.start({ flags: { "request-timeout": "1s", "max-requests": "1" } });
  const body = new OpenBody();
  const connection = await serving.connect(
    "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n" +
      `Content-Length: 100000000\r\n\r\n`,
  );
  const writer = connection.writable.getWriter();
  const flooded = writer.write(new TextEncoder().encode(line("a").repeat(2_000_000))).catch(() => {});
  await untilUnderWay(serving, 1);
  await untilUnderWay(serving, 0);
  assertEquals((await serving.metric("sluice_requests_total"))['outcome="failed"'], 1);
  assertStringIncludes(serving.log.at(-1)!.message, "The request took longer than 1 s (requestTimeout)");
  // What has left before is there, and no end of it.
  await assertRejects(() => new Response(connection.readable).bytes());
  await flooded;

  // Nor one that waits for its sender.
  body.send(line("a"));
  const response = await serving.records(body.stream);
  await untilUnderWay(serving, 1);
  await untilUnderWay(serving, 0);
  await response.text().catch(() => {});
});

Deno.test("recordsRoute() answers 504 where the time is over before the first line is answered", async () => {
  await using model = await FakeModel.start({ fail: () => "hang" });
  await using serving = await Serving.start({
    model: model.url,
    flags: { "request-timeout": "1s", grace: "0s" },
  });
  const [records, answers] = await Promise.all([
    serving.records(line("a")),
    serving.answers([{ company: "Acme", title: "b" }]),
  ]);
  const problem = { status: 504, detail: "The request took longer than 1 s (requestTimeout)" };
  assertEquals([records.status, await problemOf(records)], [504, problem]);
  assertEquals([answers.status, await problemOf(answers)], [504, problem]);
  await until(() => model.calls.length > 0);
});
