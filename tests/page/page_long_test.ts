import { assert, assertEquals, assertGreater, assertLess } from "@std/assert/mod.js";
import axe from "axe-core";
import type { Page } from "playwright-core";
import type { Snapshot } from "../../lib/telemetry/snapshot.ts";
import { until } from "../until.ts";
import { browserTest } from "../browser/browser_case.ts";
import { liveFeed, type LiveFeedOptions, type LiveSecond } from "./live_feed.ts";
import { LiveServer } from "../service/live_server.ts";
import { openPageView } from "./page_view.ts";

/** The seconds of a feed, from the first on. */
function seconds(count: number, options?: LiveFeedOptions): LiveSecond[] {
  return liveFeed(options).take(count).toArray();
}

/** A server whose history are the given seconds. */
function serverOf(given: readonly LiveSecond[]): LiveServer {
  const server = new LiveServer(given.at(-1)!);
  server.history = given.map(({ point }) => point);
  return server;
}

/** Waits until the element has the text, and nothing but it. */
async function shows(page: Page, selector: string, text: string): Promise<void> {
  const wanted = new RegExp(`^\\s*${RegExp.escape(text)}\\s*$`);
  await page.locator(selector).filter({ hasText: wanted }).waitFor();
}

/** Waits until the expression has the value in the page. The policy forbids `waitForFunction()` with a text. */
async function becomes(page: Page, expression: string, value: unknown): Promise<void> {
  const started = performance.now();
  while (await page.evaluate(expression) !== value) {
    assertLess(performance.now() - started, 5_000, `still waiting for ${expression} to be ${value}`);
  }
}

const lost = "Connection lost, reconnecting…";
const whole = (n: number) => n.toLocaleString("en-US");
const percent = (n: number) => `${(Math.floor(n * 1000) / 10).toFixed(1)}%`;

/** Changes a second's snapshot. */
function withSnapshot({ snapshot, point }: LiveSecond, changes: Partial<Snapshot>): LiveSecond {
  return { snapshot: { ...snapshot, ...changes }, point };
}

browserTest("page shows the figures that were sent, and those of the next second", async () => {
  const given = seconds(121);
  await using server = serverOf(given.slice(0, 120));
  await using view = await openPageView(server.origin);
  const { page } = view;
  for (const { snapshot, point } of given.slice(119)) {
    if (server.second.snapshot !== snapshot) server.send({ snapshot, point });
    const { saved, keys, model, objects, records } = snapshot;
    await shows(page, "#saved-questions", whole(saved.questions));
    await shows(page, "#saved-ratio", `(${percent(saved.questions / (saved.questions + keys.asked))})`);
    await shows(page, "#saved-calls", whole(saved.calls));
    const money = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
    await shows(page, "#saved-money", saved.money!.toLocaleString("en-US", money));
    await shows(page, "#spent", saved.spent!.toLocaleString("en-US", money));
    await shows(page, "#state", "working");
    await shows(page, "#command", "sluice watch");
    await shows(page, "#from", snapshot.from!);
    await shows(page, "#to", snapshot.to!);
    await shows(page, "#model-url", model.url);
    await shows(page, "#model-health", "up");
    await shows(page, "#uptime", `2 min ${(snapshot.nowMs - snapshot.startedMs) / 1000 - 120} s`);
    await shows(page, "#tile-lines", whole(point.linesPerSecond));
    await shows(page, "#tile-lines-note", `${whole(records.in)} since start`);
    await shows(page, "#tile-hits", percent((keys.local + keys.hits) / keys.seen));
    await shows(page, "#tile-waiting", whole(model.questionsWaiting));
    await shows(page, "#tile-calls", whole(model.callsUnderWay));
    await shows(page, "#chart-lines-value-0", whole(point.linesPerSecond));
    await shows(page, "#chart-hits-value-0", percent(point.hitRatio!));
    assertEquals(await page.locator("#working tr").count(), snapshot.working.length);
    assertEquals(await page.locator("#ended tr").count(), Math.min(8, snapshot.ended.length));
    assert((await page.locator("#totals").textContent())!.includes(`${whole(objects!.done)} done,`));
    const [first] = snapshot.working;
    const part = Math.floor(first!.bytesRead / first!.bytes! * 100);
    assert((await page.locator("#working tr .read-text").first().textContent())!.startsWith(`${part}% of `));
  }
  const label = await page.locator("#chart-lines .plot").getAttribute("aria-label");
  assert(label!.includes(`now ${whole(given.at(-1)!.point.linesPerSecond)}, minimum`), label!);
  assertEquals(await page.locator(".uplot canvas").count(), 4);
  assertEquals(view.problems, []);
  assertEquals(view.failedRequests, []);
});

browserTest("page shows how the job queue stands, where there is one", async () => {
  const given = seconds(3);
  await using server = serverOf(given.slice(0, 2));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await shows(page, "#state", "working");
  assertEquals(await page.locator("#queue").isVisible(), false);
  const fleet = {
    queue: "jobs of redis://queue:6379",
    waiting: 12_345,
    delayed: 3,
    active: 16,
    failed: 2,
    oldestSeconds: 754,
    workers: 4,
    isDown: false,
  };
  server.send(withSnapshot(given[2]!, { fleet }));
  await shows(page, "#queue-sentence", "Queue jobs of redis://queue:6379.");
  await shows(page, "#queue-waiting", "12,345");
  await shows(page, "#queue-waiting-note", "oldest: 12 min 34 s");
  await shows(page, "#queue-active-note", "4 workers");
  await shows(page, "#queue-failed-note", "sluice queue shows why");
  server.send(withSnapshot(given[2]!, { fleet: { ...fleet, isDown: true } }));
  await shows(
    page,
    "#queue-sentence",
    "Queue jobs of redis://queue:6379 does not answer: these figures are old.",
  );
  assertEquals(view.problems, []);
});

browserTest("page says what is down, what the trouble is, and what it waits for", async () => {
  const [second] = seconds(1);
  await using server = serverOf([withSnapshot(second!, {
    state: "waiting",
    model: { ...second!.snapshot.model, isDown: true },
    cache: { ...second!.snapshot.cache, isDown: true },
    working: [],
    rejects: [{ reason: "ragged_row", count: 1 }],
    troubles: [{ level: "error", message: "Cannot ask", count: 3, timeMs: second!.snapshot.nowMs - 90_000 }],
  })]);
  await using view = await openPageView(server.origin);
  await shows(view.page, "#state", "waiting");
  await shows(view.page, "#model-health", "down");
  await shows(view.page, "#cache-health", "down");
  await shows(view.page, "#working-empty", "Waiting for the next object.");
  await shows(view.page, "#ended-empty", "No object has ended yet. The last 50 will be listed here.");
  await shows(view.page, "#rejects .item-title", "CSV row with too many or too few fields");
  await shows(view.page, "#troubles li .message", "Cannot ask");
  await shows(
    view.page,
    "#alert-sentence",
    "The model is down, the cache is down, 3 errors in the last hour",
  );
  await shows(view.page, "#alert-latest", "Cannot ask");
  await shows(view.page, "#troubles li .item-note", "3 times, latest 1 min ago");
  assertEquals(view.problems, []);
});

browserTest(
  "page has a red strip on top while something has failed, and says how long a run takes",
  async () => {
    const [second] = seconds(1);
    const objects = { found: 9, skipped: 0, done: 2, failed: 2, failedAttempts: 5, gone: 0, ignored: 0 };
    const progress = { portion: 0.456, secondsLeft: 200 };
    await using server = serverOf([withSnapshot(second!, { objects, progress })]);
    await using view = await openPageView(server.origin);
    const { page } = view;
    await shows(page, "#alert-sentence", "2 objects failed");
    await shows(
      page,
      "#totals",
      "9 objects found so far: 2 done, 0 done before, 2 failed (5 failed attempts). " +
        "45% finished, about 3 min 20 s left.",
    );
    server.send(withSnapshot(second!, {
      objects: { ...objects, done: 9, failed: 0 },
      progress: { portion: 0.5, waitsFor: "model" },
    }));
    await page.locator("#alert").waitFor({ state: "hidden" });
    assert((await page.locator("#totals").textContent())!.endsWith(" 50% finished, waiting for the model."));
    assertEquals(view.problems, []);
  },
);

browserTest(
  "page words it as requests where requests are served, and leaves out what is not there",
  async () => {
    const given = seconds(130, { command: "serve", pricePer1000: null });
    await using server = serverOf(given);
    await using view = await openPageView(server.origin);
    const { page } = view;
    await shows(page, "#working-heading", "Requests in progress");
    await shows(page, "#ended-heading", "Recent requests");
    const { underWay, done, failed } = given.at(-1)!.snapshot.requests!;
    await shows(
      page,
      "#totals",
      `${underWay} in progress, ${done} done, ${failed} failed, 2 rejected because the server was busy.`,
    );
    for (const id of ["#way", "#money-block", "#spent-block"]) assert(await page.locator(id).isHidden(), id);
    assert(await page.locator("#price-hint").isVisible());
    assertEquals(view.problems, []);
  },
);

browserTest("page shows text of records as text", async () => {
  const given = seconds(80);
  const text = "<img src=x onerror=alert(1)>";
  const name = `${text}.jsonl`;
  const { snapshot } = given.at(-1)!;
  await using server = serverOf([withSnapshot(given.at(-1)!, {
    from: text,
    working: [{ ...snapshot.working[0]!, name }],
    ended: [{
      name,
      outcome: "failed",
      records: 1,
      rejected: 0,
      tries: 2,
      seconds: 1,
      endedMs: snapshot.nowMs,
    }],
    rejects: [{ reason: "invalid_json", count: 1, sample: { object: name, line: 7, text } }],
    troubles: [{ level: "error", message: text, count: 1, timeMs: snapshot.nowMs }],
  })]);
  await using view = await openPageView(server.origin);
  const { page } = view;
  await shows(page, "#rejects .sample-text", text);
  await shows(page, "#troubles .message", text);
  await shows(page, "#working .name", name);
  await shows(page, "#ended .name", name);
  await shows(page, "#from", text);
  assertEquals(await page.locator("img").count(), 0);
  assertEquals(view.problems, []);
});

browserTest("page cuts a long sample, between characters", async () => {
  const [second] = seconds(1);
  const sample = { object: "a.jsonl", line: 1, text: "😀".repeat(5_000) };
  await using server = serverOf([
    withSnapshot(second!, { rejects: [{ reason: "line_too_long", count: 1, sample }] }),
  ]);
  await using view = await openPageView(server.origin);
  await shows(view.page, "#rejects .sample-text", `${"😀".repeat(240)}…`);
});

browserTest("page survives a reload", async () => {
  const given = seconds(60);
  await using server = serverOf(given);
  await using view = await openPageView(server.origin);
  const { page } = view;
  const shown = whole(given.at(-1)!.snapshot.saved.questions);
  await shows(page, "#saved-questions", shown);
  await page.reload();
  await shows(page, "#saved-questions", shown);
  await until(() => server.readers === 1);
  assertEquals(view.problems, []);
});

browserTest(
  "page says that the connection is lost, keeps the figures, and continues when it is back",
  async () => {
    const given = seconds(90);
    await using server = serverOf(given.slice(0, 60));
    await using view = await openPageView(server.origin);
    const { page } = view;
    const shown = whole(given[59]!.snapshot.saved.questions);
    await shows(page, "#saved-questions", shown);
    assert(await page.locator("#connection").isHidden());
    server.isRefusing = true;
    server.hangUp();
    await shows(page, "#connection", lost);
    assert(await page.locator("#connection").isVisible());
    assertEquals(await page.locator("#connection").getAttribute("role"), "status");
    assertEquals(await page.locator("body.is-lost").count(), 1);
    await shows(page, "#saved-questions", shown);
    // The process is another one when it is back: its history is the only one that counts.
    server.history = [{ ...given[80]!.point, linesPerSecond: 5 }];
    server.second = given[81]!;
    server.isRefusing = false;
    await page.locator("#try-now").press("Enter");
    await shows(page, "#saved-questions", whole(given[81]!.snapshot.saved.questions));
    await page.locator("#connection").waitFor({ state: "hidden" });
    assertEquals(await page.locator("body.is-lost").count(), 0);
    assertEquals(await page.evaluate("document.activeElement.id"), "figures");
    const label = await page.locator("#chart-lines .plot").getAttribute("aria-label");
    const most = whole(given[81]!.point.linesPerSecond);
    assert(label!.endsWith(`now ${most}, minimum 5, maximum ${most}.`), label!);
    assertEquals(view.problems, []);
  },
);

browserTest("page tries again after 1, 2, 4, 8, 15 and 15 seconds", async () => {
  await using server = serverOf(seconds(2));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await page.addInitScript(`{
    const wrapped = fetch;
    globalThis.settled = 0;
    globalThis.fetch = (...given) => wrapped(...given).finally(() => settled++);
  }`);
  await page.clock.install({ time: 0 });
  await page.reload();
  await page.locator("#content").waitFor();
  server.isRefusing = true;
  // Goes by more than 10 seconds in one step: too long without an event.
  await page.clock.pauseAt(600_000);
  await shows(page, "#connection", lost);
  let settled = await page.evaluate<number>("settled");
  for (const wait of [1, 2, 4, 8, 15, 15]) {
    const requests = server.requests.length;
    await page.clock.runFor(wait * 1000 - 1);
    assertEquals(server.requests.length, requests);
    await page.clock.runFor(1);
    await becomes(page, "settled", ++settled);
    assertEquals(server.requests.length, requests + 1);
  }
  server.isRefusing = false;
  await page.clock.runFor(15_000);
  await page.locator("#connection").waitFor({ state: "hidden" });
  assertEquals(view.problems, []);
});

browserTest("page takes 10 seconds without an event as a lost connection", async () => {
  const given = seconds(3);
  await using server = serverOf(given.slice(0, 2));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await page.clock.install({ time: 0 });
  await page.reload();
  await page.locator("#content").waitFor();
  // Goes by more than 10 seconds in one step; from here on, the test moves time.
  await page.clock.pauseAt(600_000);
  await shows(page, "#connection", lost);
  await page.clock.runFor(1_000);
  await page.locator("#connection").waitFor({ state: "hidden" });
  await page.clock.runFor(9_999);
  assertEquals(await page.locator("#connection").isVisible(), false);
  server.send(given[2]!);
  await shows(page, "#saved-questions", whole(given[2]!.snapshot.saved.questions));
  await page.clock.runFor(9_999);
  assertEquals(await page.locator("#connection").isVisible(), false);
  // A comment is not an event.
  server.sendText(": still here\n\n");
  await page.clock.runFor(1);
  await shows(page, "#connection", lost);
  assertEquals(view.problems, []);
});

browserTest(
  "page reads events cut anywhere, with any line ends, and passes over what it does not know",
  async () => {
    const given = seconds(3);
    await using server = serverOf(given.slice(0, 1));
    await using view = await openPageView(server.origin);
    await shows(view.page, "#saved-questions", whole(given[0]!.snapshot.saved.questions));
    const [head, tail] = JSON.stringify(given[1]).split(`,"command"`);
    const text = `: a comment\r\nevent: news\r\ndata: {}\r\n\r\nid: 4\r\nevent:state\r\ndata:${head}\r\n` +
      `data: ,"command"${tail}\r\n\r\n`;
    for (const piece of text.match(/[^]{1,60}|\r/g)!) {
      server.sendText(piece);
      await new Promise((resolve) => setTimeout(resolve));
    }
    await shows(view.page, "#saved-questions", whole(given[1]!.snapshot.saved.questions));
    server.send(given[2]!);
    await shows(view.page, "#saved-questions", whole(given[2]!.snapshot.saved.questions));
    assertEquals(view.problems, []);
  },
);

browserTest("page takes an event that is not JSON as a lost connection", async () => {
  await using server = serverOf(seconds(1));
  await using view = await openPageView(server.origin);
  await view.page.locator("#content").waitFor();
  server.isRefusing = true;
  server.sendText("event: state\ndata: {\n\n");
  await shows(view.page, "#connection", lost);
  assertEquals(view.problems, []);
});

browserTest("page asks for a token, says when it is not taken, and keeps it for the tab only", async () => {
  const given = seconds(60);
  await using server = serverOf(given);
  server.token = "sesame-42";
  await using view = await openPageView(server.origin);
  const { page } = view;
  const field = page.getByLabel("Token", { exact: true });
  await field.waitFor();
  assertEquals(await field.getAttribute("type"), "password");
  await field.fill("wrong");
  await page.keyboard.press("Enter");
  await shows(page, "#token-error", "The server rejected this token.");
  await field.fill("schlüssel");
  await page.keyboard.press("Enter");
  await shows(page, "#token-error", "A token consists of visible ASCII characters only.");
  await field.fill("sesame-42");
  await page.getByRole("button", { name: "Show the figures" }).click();
  const shown = whole(given.at(-1)!.snapshot.saved.questions);
  await shows(page, "#saved-questions", shown);
  assert(await field.isHidden());
  await page.reload();
  await shows(page, "#saved-questions", shown);
  assertEquals(page.url(), `${server.origin}/`);
  assertEquals([...new Set(server.requests)], ["GET /", "GET /v1/live"]);
  assertEquals(
    await page.evaluate("[localStorage.length, document.cookie, document.body.innerText.includes('sesame')]"),
    [
      0,
      "",
      false,
    ],
  );
  assertEquals(view.problems, []);
});

browserTest(
  "page asks for a token again when it is changed, and keeps the last figures meanwhile",
  async () => {
    const given = seconds(2);
    await using server = serverOf(given);
    await using view = await openPageView(server.origin);
    const { page } = view;
    const shown = whole(given[1]!.snapshot.saved.questions);
    await shows(page, "#saved-questions", shown);
    server.token = "new";
    server.hangUp();
    await page.getByLabel("Token", { exact: true }).waitFor();
    await shows(page, "#saved-questions", shown);
    assertEquals(await page.locator("body.is-lost").count(), 1);
    await page.getByLabel("Token", { exact: true }).fill("new");
    await page.keyboard.press("Enter");
    await page.locator("body:not(.is-lost)").waitFor();
    assertEquals(view.problems, []);
  },
);

browserTest("page keeps rows, focus and selection from second to second", async () => {
  const given = seconds(90);
  await using server = serverOf(given.slice(0, 80));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await page.locator("#rejects .sample-text").first().waitFor();
  await page.evaluate(`{
    for (const row of document.querySelectorAll("#working tr, #rejects li, #troubles li")) row.isKept = true;
    getSelection().selectAllChildren(document.querySelector("#rejects .sample-text"));
    document.querySelector("#pause").focus();
  }`);
  for (const second of given.slice(80)) server.send(second);
  await shows(page, "#saved-questions", whole(given.at(-1)!.snapshot.saved.questions));
  const remaining = given.at(-1)!.snapshot.working.filter(({ name }) =>
    given[79]!.snapshot.working.some((one) =>
      one.name === name
    )
  ).length;
  assertGreater(remaining, 1);
  const kept = (rows: string) =>
    page.evaluate(`[...document.querySelectorAll("${rows}")].filter((row) => row.isKept).length`);
  assertEquals(await kept("#working tr"), remaining);
  assertEquals(await kept("#rejects li"), 2);
  assertEquals(await kept("#troubles li"), 2);
  const { text } = given.at(-1)!.snapshot.rejects[0]!.sample!;
  assertEquals(await page.evaluate("getSelection().toString()"), text);
  assertEquals(await page.evaluate("document.activeElement.id"), "pause");
});

browserTest("page announces states and the lost connection only", async () => {
  const given = seconds(10);
  await using server = serverOf(given.slice(0, 5));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await page.locator("#content").waitFor();
  await page.evaluate(`{
    globalThis.announced = [];
    const live = document.querySelectorAll("[role=status], [role=alert], [aria-live]");
    for (const region of live) {
      new MutationObserver(() => announced.push(region.textContent))
        .observe(region, { childList: true, characterData: true, subtree: true });
    }
  }`);
  for (const second of given.slice(5)) server.send(second);
  await shows(page, "#saved-questions", whole(given.at(-1)!.snapshot.saved.questions));
  assertEquals(await page.evaluate("announced"), []);
  server.send(withSnapshot(given.at(-1)!, { state: "draining" }));
  await shows(page, "#state", "draining");
  assertEquals(await page.evaluate("announced"), ["draining"]);
  server.hangUp();
  await shows(page, "#connection", lost);
  assertEquals(await page.evaluate("announced"), ["draining", lost]);
});

browserTest("page says of a run that is over that its figures are the last", async () => {
  const given = seconds(2, { command: "run" });
  await using server = serverOf([withSnapshot(given[1]!, { state: "ended", working: [] })]);
  await using view = await openPageView(server.origin);
  await shows(view.page, "#state", "ended");
  server.isRefusing = true;
  server.hangUp();
  await shows(view.page, "#connection", `The run has ended; these are its last figures. ${lost}`);
});

browserTest("page stands still while it is paused", async () => {
  const given = seconds(3);
  await using server = serverOf(given.slice(0, 1));
  await using view = await openPageView(server.origin);
  const { page } = view;
  const button = page.getByRole("button", { name: "Pause" });
  await button.click();
  assertEquals(await button.getAttribute("aria-pressed"), "true");
  const arrived = page.evaluate(`new Promise((resolve) => {
    const parse = JSON.parse;
    JSON.parse = (text) => { setTimeout(resolve); return parse(text); };
  })`);
  await page.evaluate("0");
  server.send(given[1]!);
  await arrived;
  await shows(page, "#saved-questions", whole(given[0]!.snapshot.saved.questions));
  await button.click();
  await shows(page, "#saved-questions", whole(given[1]!.snapshot.saved.questions));
});

browserTest("page shows 600 seconds and forgets the first for the next", async () => {
  const given = seconds(601);
  await using server = serverOf(given.slice(0, 600));
  server.history = server.history.map((point, i) => i === 0 ? { ...point, linesPerSecond: 1 } : point);
  await using view = await openPageView(server.origin);
  const { page } = view;
  const plot = page.locator("#chart-lines .plot");
  await page.locator("#content").waitFor();
  assert((await plot.getAttribute("aria-label"))!.includes("minimum 1,"));
  server.send(given[600]!);
  await shows(page, "#chart-lines-value-0", whole(given[600]!.point.linesPerSecond));
  assert(!(await plot.getAttribute("aria-label"))!.includes("minimum 1,"));
});

browserTest("page shows a part of a long list, and all of it when asked to", async () => {
  const given = seconds(700);
  const { ended } = given.at(-1)!.snapshot;
  assertGreater(ended.length, 8);
  await using server = serverOf(given.slice(-1));
  await using view = await openPageView(server.origin);
  const { page } = view;
  const button = page.getByRole("button", { name: `Show all ${ended.length}` });
  await button.waitFor();
  assertEquals(await page.locator("#ended tr").count(), 8);
  await button.press("Enter");
  assertEquals(await page.locator("#ended tr").count(), ended.length);
  assertEquals(await page.locator("#ended tr .name").allTextContents(), ended.map(({ name }) => name));
  assertEquals(await page.locator("#ended-more").getAttribute("aria-expanded"), "true");
  await page.getByRole("button", { name: "Show fewer" }).press("Enter");
  assertEquals(await page.locator("#ended tr").count(), 8);
});

browserTest("page's charts take the colours of light and dark as they change", async () => {
  await using server = serverOf(seconds(120));
  await using view = await openPageView(server.origin, { colorScheme: "light" });
  const { page } = view;
  await page.locator("#content").waitFor();
  const pictures = `[...document.querySelectorAll(".uplot canvas")].map((canvas) => canvas.toDataURL())`;
  await page.evaluate(`{ globalThis.light = ${pictures}; }`);
  assertEquals(await page.evaluate("new Set(light).size"), 4);
  await page.emulateMedia({ colorScheme: "dark" });
  await becomes(page, `${pictures}.filter((picture, i) => picture !== light[i]).length`, 4);
  assertEquals(view.problems, []);
});

browserTest("page is reached by keyboard, from the link that skips on", async () => {
  await using server = serverOf(seconds(700).slice(-1));
  await using view = await openPageView(server.origin);
  const { page } = view;
  await page.locator("#content").waitFor();
  const focused = () =>
    page.evaluate<string>("document.activeElement.id || document.activeElement.className || 'none'");
  const reached: string[] = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("Tab");
    reached.push(await focused());
    const outline = "getComputedStyle(document.activeElement).outlineStyle";
    assertEquals(await page.evaluate(outline), "solid", reached.at(-1));
  }
  assertEquals(reached, ["skip", "pause", "ended-more"]);
  await page.locator(".skip").press("Enter");
  assertEquals(await focused(), "figures");
  await page.keyboard.press("Tab");
  assertEquals(await focused(), "ended-more");
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 360]) {
    browserTest(
      `page is accessible, ${colorScheme}, ${width} pixels wide, and does not scroll sideways`,
      async () => {
        const given = seconds(700);
        await using server = serverOf(given.slice(-600));
        await using view = await openPageView(server.origin, {
          colorScheme,
          viewport: { width, height: 780 },
        });
        const { page } = view;
        await page.locator("#content").waitFor();
        await page.evaluate(axe.source);
        await assertAccessible(page, "connected");
        server.isRefusing = true;
        server.hangUp();
        await shows(page, "#connection", lost);
        await assertAccessible(page, "lost");
        server.token = "wanted";
        server.isRefusing = false;
        await page.locator("#try-now").click();
        await page.getByLabel("Token", { exact: true }).waitFor();
        await assertAccessible(page, "locked");
        assertEquals(view.problems, []);
      },
    );
  }
}

/** Asserts that axe finds nothing, headings out of order included, and that nothing is wider than the window. */
async function assertAccessible(page: Page, state: string): Promise<void> {
  const found = await page.evaluate<string[]>(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, impact, nodes }) =>
      nodes.map(({ html, failureSummary }) => [id, impact, html, failureSummary].join(" "))))`);
  assertEquals(found, [], state);
  const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
  assertEquals(await page.evaluate(overflow), 0, `${state}: scrolls sideways`);
}
