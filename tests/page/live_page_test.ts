import { assert, assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { LivePage } from "../../lib/page/live_page.ts";
import type { Point, Snapshot } from "../../lib/telemetry/snapshot.ts";
import { monitorOf } from "../telemetry/monitored.ts";
import { eventsOf, Serving } from "../service/serving.ts";

async function live(page: LivePage): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const response = await page.routes["GET /v1/live"]!.handle(new Request("http://localhost/v1/live"));
  return response.body!;
}

/** A page that shows a monitor under a clock of its own. */
async function withPage(test: (page: LivePage, clock: ReturnType<typeof install>) => Promise<void>) {
  const clock = install({ toFake: ["setInterval", "clearInterval", "performance", "Date"] });
  using monitored = monitorOf();
  const page = new LivePage();
  try {
    page.show(monitored.monitor);
    await test(page, clock);
  } finally {
    page.close();
    clock.uninstall();
  }
}

Deno.test("LivePage shows viewers the last ten minutes, then each second", async () => {
  await withPage(async (page, clock) => {
    clock.tick(700_000);
    const events = eventsOf(await live(page));
    const { value: history } = await events.next();
    assertEquals(history!.event, "history");
    const points = history!.data as Point[];
    assertEquals([points.length, points[0]!.timeMs, points.at(-1)!.timeMs], [600, 101_000, 700_000]);
    for (const timeMs of [701_000, 702_000]) {
      clock.tick(1_000);
      const { value } = await events.next();
      const { snapshot, point } = value!.data as { snapshot: Snapshot; point: Point };
      assertEquals([value!.event, snapshot.nowMs, point.timeMs], ["state", timeMs, timeMs]);
    }
    await events.return(undefined);
  });
});

Deno.test("LivePage lets a slow viewer miss events, and shows others all", async () => {
  await withPage(async (page, clock) => {
    const slow = await live(page), quick = eventsOf(await live(page));
    await quick.next();
    for (let i = 0; i < 20; i++) {
      clock.tick(1_000);
      assertEquals((await quick.next()).value!.event, "state");
    }
    page.close();
    const seen: string[] = [];
    for await (const { event } of eventsOf(slow)) seen.push(event);
    assertEquals(seen, ["history", "state", "state", "state"]);
    assertEquals((await quick.next()).done, true);
  });
});

Deno.test("LivePage has a hundred viewers at once, and forgets one that goes away", async () => {
  await withPage(async (page) => {
    const viewers: ReadableStream[] = [];
    for (let i = 0; i < 100; i++) viewers.push(await live(page));
    const refused = await live(page).catch((error) => error);
    assertEquals([refused.status, refused.message], [503, "100 pages are open already"]);
    await viewers[7]!.cancel();
    await (await live(page)).cancel();
  });
});

Deno.test("LivePage takes no viewer after its end", async () => {
  await withPage(async (page) => {
    page.close();
    const refused = await live(page).catch((error) => error);
    assertEquals([refused.status, refused.message], [503, "The server is shutting down"]);
  });
});

Deno.test("LivePage says 503 while there is nothing to measure", async () => {
  const { routes } = new LivePage();
  const request = new Request("http://localhost/");
  const refused = await Promise.resolve(routes["GET /metrics"]!.handle(request)).catch((error) => error);
  assertEquals([refused.status, refused.message], [503, "There are no metrics yet"]);
  assertEquals((await routes["GET /readyz"]!.handle(request)).status, 503);
});

Deno.test("LivePage forgets a viewer of serve that goes away", async () => {
  await using serving = await Serving.start();
  for (let i = 0; i < 120; i++) {
    const response = await serving.fetch("/v1/live");
    assert(response.ok, `${response.status} at ${i}`);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    await response.body!.cancel();
  }
});
