import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { fakeLevel, FakeModel } from "../fakes/model.ts";
import { until } from "../until.ts";
import { problemOf, Serving } from "./serving.ts";

const keys = (...titles: string[]) => titles.map((title) => ({ company: "Acme", title }));
const levels = (...titles: string[]) => titles.map((title) => fakeLevel("Acme", title));

Deno.test("answersRoute() answers in the keys' order, and asks doubled and known keys once", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url });
  const first = await serving.answers(keys("b", "a", "b", "c"));
  assertEquals([first.status, await first.json()], [200, { answers: levels("b", "a", "b", "c") }]);
  assertEquals(model.stats().questions, 3);
  const again = await serving.answers(keys("c", "b"));
  assertEquals(await again.json(), { answers: levels("c", "b") });
  assertEquals(model.stats().questions, 3);
});

Deno.test("answersRoute() with titles asks about what is left of titles, once", async () => {
  await using model = await FakeModel.start();
  await using serving = await Serving.start({ model: model.url, flags: { normalize: "titles" } });
  const response = await serving.answers(keys("Sr. Welder - Remote", "Welder II (m/w/d)", "Senior Welder"));
  const [senior, second] = ["senior welder", "welder ii"].map((title) => fakeLevel("acme", title));
  assertEquals(await response.json(), { answers: [senior, second, senior] });
  assertEquals(model.stats().questions, 2);
});

Deno.test("answersRoute() answers null where the model does not take the question", async () => {
  await using model = await FakeModel.start({ refuse: ({ title }) => title === "odd" });
  await using serving = await Serving.start({ model: model.url });
  const response = await serving.answers(keys("a", "odd", "b", "odd"));
  assertEquals(await response.json(), { answers: [...levels("a"), null, ...levels("b"), null] });
});

Deno.test("answersRoute() answers no keys with no answers, and ignores further fields", async () => {
  await using serving = await Serving.start();
  assertEquals(await (await serving.answers([])).json(), { answers: [] });
  const response = await serving.answers([{ company: "Acme", title: "Nurse", id: 7 }]);
  assertEquals((await response.json()).answers.length, 1);
});

Deno.test("answersRoute() says what is wrong with a body", async () => {
  await using serving = await Serving.start();
  const shape = 'The body is not {"keys":[{"company":TEXT,"title":TEXT},…]}: ';
  const big = `{"keys":[{"company":"${"x".repeat(8 * 1024 ** 2)}","title":"a"}]}`;
  const bad: [body: BodyInit, status: number, detail: string][] = [
    ["{", 400, "The body is not JSON: "],
    ["", 400, "The body is not JSON: "],
    [Uint8Array.of(0x22, 0xff, 0x22), 400, "The body is not JSON: "],
    ["[]", 400, shape],
    ['{"keys":{}}', 400, `${shape}keys is Object, not Array`],
    ['{"keys":[{"company":"Acme"}]}', 400, `${shape}keys.0.title is missing`],
    ['{"keys":[{"company":"Acme","title":7}]}', 400, `${shape}keys.0.title is 7, not string`],
    [JSON.stringify({ keys: Array(10_001).fill(keys("a")[0]) }), 400, "keys has more than 10,000 elements"],
    ['{"keys":[{"company":"Acme","title":"\\ud800"}]}', 400, "keys.0 has a lone surrogate"],
    [JSON.stringify({ keys: keys("ok", "x".repeat(4e6)) }), 400, "keys.1 is too large for a call"],
    [big, 413, "The body is larger than 8,388,608 bytes (send fewer keys, at most 10,000)"],
    [
      new Blob([big]).stream(),
      413,
      "The body is larger than 8,388,608 bytes (send fewer keys, at most 10,000)",
    ],
  ];
  for (const [body, status, detail] of bad) {
    const response = await serving.answers(undefined, { body });
    assertEquals(response.headers.get("content-type"), "application/problem+json");
    const problem = await problemOf(response);
    assertEquals([response.status, problem.status], [status, status], problem.detail);
    assertStringIncludes(problem.detail, detail);
  }
  assertEquals(await serving.metric("sluice_model_calls_total"), { "": 0 });
});

Deno.test("answersRoute() takes JSON alone", async () => {
  await using serving = await Serving.start();
  for (const type of ["text/plain", "application/x-ndjson", ""]) {
    const response = await serving.answers(keys("a"), { headers: { "content-type": type } });
    const { status, detail } = await problemOf(response);
    assertEquals([response.status, status], [415, 415]);
    assertEquals(
      detail,
      `/v1/answers accepts application/json, not ${type || "a body without content-type"}`,
    );
  }
  const response = await serving.answers(keys("a"), {
    headers: { "content-type": "Application/JSON; charset=utf-8" },
  });
  assertEquals(response.status, 200);
  await response.body?.cancel();
});

Deno.test("answersRoute() says that the model is down, or will not be asked any more", async () => {
  await using model = await FakeModel.start({ fail: () => ({ code: "UNAVAILABLE" }) });
  await using serving = await Serving.start({ model: model.url, flags: { "model-patience": "0s" } });
  const down = await serving.answers(keys("a"));
  assertEquals([down.status, down.headers.get("retry-after")], [503, "30"]);
  assertStringIncludes((await problemOf(down)).detail, "UNAVAILABLE");

  await using asked = await Serving.start({ flags: { "max-questions": "1" } });
  await (await asked.answers(keys("a"))).body?.cancel();
  const limited = await asked.answers(keys("b"));
  assertEquals(await problemOf(limited), {
    status: 429,
    detail: "Cannot ask more questions: maxQuestions is 1",
  });
});

Deno.test("answersRoute() says that the model gave no answer that counts", async () => {
  await using model = await FakeModel.start({ fault: () => () => [] });
  await using serving = await Serving.start({ model: model.url });
  const response = await serving.answers(keys("a"));
  assertEquals(response.status, 502);
  assertStringIncludes((await problemOf(response)).detail, "its answer was missing in 3 calls");
});

Deno.test("answersRoute() gives the place of a client back that goes away, and does not log it", async () => {
  await using model = await FakeModel.start({ fail: () => "hang" });
  await using serving = await Serving.start({ model: model.url, flags: { grace: "0s" } });
  const gone = new AbortController();
  const response = serving.answers(keys("a"), { signal: gone.signal }).catch(() => {});
  await until(() => model.calls.length > 0);
  assertEquals(await serving.metric("sluice_work_in_progress"), { "": 1 });
  gone.abort();
  await response;
  while ((await serving.metric("sluice_work_in_progress"))[""] !== 0);
  assertEquals((await serving.metric("sluice_requests_total"))['outcome="failed"'], 1);

  const connection = await serving.connect(
    "POST /v1/answers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
  );
  await serving.metric("sluice_build_info");
  connection.close();
  await serving.metric("sluice_build_info");
  assertEquals(serving.log.filter(({ level }) => level !== "INFO"), []);
});
