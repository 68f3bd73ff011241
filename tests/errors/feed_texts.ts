import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import { S3Store } from "../../lib/stores/s3/s3.ts";
import type { ListOptions } from "../../lib/stores/store.ts";
import { EventFeed } from "../../lib/watch/event_feed.ts";
import { ListingFeed } from "../../lib/watch/listing_feed.ts";
import { SqsQueue } from "../../lib/watch/sqs_queue.ts";
import { FakeSqs } from "../fakes/sqs.ts";
import { MemoryStore } from "../fakes/memory_store.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

const fingerprint = "recipe";

/** What a watch by events says of messages and their queue. */
function events(when: string, text: string, meet: (fake: FakeSqs) => void): ErrorText {
  return {
    when,
    text,
    async provoke(scene: Scene) {
      const s3 = await scene.s3();
      const fake = scene.use(await FakeSqs.start());
      scene.hide(fake.endpoint.replace(/^.*:/, ""), "<PORT>");
      const credentials = { accessKeyId: "key", secretAccessKey: "secret" };
      const given = { endpoint: s3.endpoint, region: "eu-west-1", credentials };
      const source = await S3Store.open("s3://raw/in/", given);
      const destination = await S3Store.open("s3://mod/out/", given);
      const queue = await SqsQueue.open(fake.createQueue("q"), {
        region: "us-east-1",
        credentials,
        waitSeconds: 0,
      });
      const stop = new AbortController();
      const said: string[] = [];
      const feed = new EventFeed({
        source,
        destination,
        fingerprint,
        queue,
        onTrouble(message) {
          said.push(message);
          queueMicrotask(() => stop.abort(new Error("enough")));
        },
      });
      meet(fake);
      try {
        for await (const planned of feed.objects(stop.signal)) {
          if (planned.todo === "process") planned.onEnd?.("done");
        }
      } catch {
        // Stopped.
      }
      await feed.close();
      await queue.close();
      await source.close();
      await destination.close();
      return said[0] ?? "nothing";
    },
  };
}

const event = (bucket: string) =>
  JSON.stringify({
    Records: [{
      eventName: "ObjectCreated:Put",
      s3: { bucket: { name: bucket }, object: { key: "in/a.jsonl" } },
    }],
  });

/** A source whose listing fails, and may be mended. */
class FailingStore extends MemoryStore {
  fails = false;

  override async *list(signal: AbortSignal, options?: ListOptions) {
    if (this.fails) throw new Error("Cannot list memory:///: 503 SlowDown");
    yield* super.list(signal, options);
  }
}

/** What a watch by listings says when a listing fails, and then works again. */
function listings(when: string, text: string, index: number): ErrorText {
  return {
    when,
    text,
    async provoke() {
      const source = new FailingStore();
      source.give("a.jsonl", new TextEncoder().encode("{}\n"));
      const stop = new AbortController();
      const said: string[] = [];
      const feed = new ListingFeed({
        source,
        destination: new MemoryStore(),
        fingerprint,
        everyMs: 1,
        onTrouble(message) {
          said.push(message);
          source.fails = false;
          if (said.length === 2) stop.abort(new Error("enough"));
        },
      });
      try {
        for await (const _ of feed.objects(stop.signal)) source.fails = true;
      } catch {
        // Stopped.
      }
      return said[index] ?? "nothing";
    },
  };
}

/** What a watch says of its sources. */
export const feedTexts: ErrorTexts = {
  name: "sluice watch",
  rows: [
    {
      when: "a folder is watched by events",
      text:
        "Cannot watch file://<DIR>/in/: only the objects of an S3 prefix have events; leave out --events to watch by listings",
      async provoke(scene) {
        const source = new DirectoryStore(`${scene.folder}/in`);
        const queue = await SqsQueue.open("sqs://sqs.eu-west-1.amazonaws.com/1/q");
        return await failureOf(() =>
          new EventFeed({ source, destination: source, fingerprint, queue, onTrouble: () => {} })
        ).finally(() => queue.close());
      },
    },
    events(
      "a message about another bucket",
      "Cannot use message <UUID>: it is about s3://else/, not s3://raw/in/; the queue's policy decides what becomes of it",
      (fake) => fake.send("q", event("else")),
    ),
    events(
      "a message that cannot be deleted",
      "Cannot remove message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: 403 AccessDenied: no; it will be delivered again",
      (fake) => {
        fake.send("q", event("raw"));
        fake.fault("DeleteMessage", { status: 403, code: "AccessDenied", message: "no" }, 1);
      },
    ),
    listings(
      "a listing that fails after the first one",
      "Cannot list memory:///: 503 SlowDown; retrying until it can be listed",
      0,
    ),
    listings("the listing after it", "Listing works again: memory:///", 1),
    {
      when: "a queue that does not answer at the end",
      text: "Cannot settle a message of noted:: no answer in 5 s; it will be delivered again",
      async provoke(scene) {
        scene.hurry(1_000);
        const source = await S3Store.open("s3://raw/in/", {
          endpoint: "http://127.0.0.1:1",
          region: "eu-west-1",
          credentials: { accessKeyId: "key", secretAccessKey: "secret" },
        });
        const stop = new AbortController();
        const said: string[] = [];
        const message = { id: "1", receives: 1, receipt: "1", names: () => [] };
        let claims = 0;
        const queue = {
          url: "noted:",
          visibilitySeconds: 3_600,
          claim(_: number, signal: AbortSignal) {
            signal.throwIfAborted();
            if (++claims === 2) stop.abort(new Error("enough"));
            return Promise.resolve(claims === 1 ? [message] : []);
          },
          complete: (_: unknown, signal: AbortSignal) =>
            new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
        } as unknown as SqsQueue;
        const onTrouble = (message: string) => void said.push(message);
        const feed = new EventFeed({ source, destination: source, fingerprint, queue, onTrouble });
        await feed.objects(stop.signal).next().catch(() => {});
        await feed.close();
        await source.close();
        return said.join("\n");
      },
    },
    {
      when: "a queue that fails after the first claim, and then answers again",
      text: "Cannot read messages of noted:: it is away; retrying until it answers\n" +
        "The queue answers again: noted:",
      async provoke(scene) {
        scene.hurry(1_000);
        const source = await S3Store.open("s3://raw/in/", {
          endpoint: "http://127.0.0.1:1",
          region: "eu-west-1",
          credentials: { accessKeyId: "key", secretAccessKey: "secret" },
        });
        const stop = new AbortController();
        const said: string[] = [];
        let claims = 0;
        const queue = {
          url: "noted:",
          visibilitySeconds: 60,
          claim(_: number, signal: AbortSignal) {
            signal.throwIfAborted();
            if (++claims === 2) {
              return Promise.reject(new Error("Cannot read messages of noted:: it is away"));
            }
            return Promise.resolve([]);
          },
        } as unknown as SqsQueue;
        const feed = new EventFeed({
          source,
          destination: source,
          fingerprint,
          queue,
          onTrouble(message) {
            said.push(message);
            if (said.length === 2) stop.abort(new Error("enough"));
          },
        });
        await feed.objects(stop.signal).next().catch(() => {});
        await source.close();
        return said.join("\n");
      },
    },
  ],
};
