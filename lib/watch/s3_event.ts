import * as v from "valibot";
import type { ObjectEvent } from "./object_queue.ts";

/** How much of a message an error shows, in UTF-16 units. */
const maxShownLength = 200;

/** What makes an object readable: it was written, or it came back from the archive. */
const readable = /^(?:s3:)?(?:ObjectCreated:|ObjectRestore:Completed$)/;
const readableDetails = ["Object Created", "Object Restore Completed"];

/** Of what nothing depends on, anything else than this is as good as nothing. */
const text = v.fallback(v.optional(v.string()), undefined);
const number = v.fallback(v.optional(v.number()), undefined);
const name = v.pipe(v.string(), v.nonEmpty());

const records = v.object({
  Records: v.array(v.object({
    eventName: v.string(),
    s3: v.object({
      bucket: v.object({ name }),
      object: v.object({ key: name, size: number, eTag: text, versionId: text, sequencer: text }),
    }),
  })),
});

const bridged = v.object({
  "detail-type": v.pipe(v.string(), v.startsWith("Object ")),
  source: v.literal("aws.s3"),
  detail: v.object({
    bucket: v.object({ name }),
    object: v.object({ key: name, size: number, etag: text, "version-id": text, sequencer: text }),
  }),
});

const envelope = v.object({ Type: v.literal("Notification"), Message: v.string() });

/**
 * The objects that a message about events in S3 names as readable: those that were written or restored from an
 * archive. Understands what S3 sends, by itself or through EventBridge, and both in the envelope of an SNS topic.
 * Other events (objects removed, tagged, moved to another class), and the message by which S3 tries a new queue, name
 * none.
 *
 * @param source What has this body, for the error: `message 1 of sqs://…`.
 * @throws {Error} It is anything else; shows how it begins.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert/mod.js";
 * import { objectsOfMessage } from "./s3_event.ts";
 *
 * const s3 = { bucket: { name: "raw" }, object: { key: "in/red+flower.jsonl", size: 5 } };
 * const body = JSON.stringify({ Records: [{ eventName: "ObjectCreated:Put", s3 }] });
 * const [{ key } = {}] = objectsOfMessage(body, "message 1");
 * assertEquals(key, "in/red flower.jsonl");
 * ```
 */
export function objectsOfMessage(body: string, source: string): ObjectEvent[] {
  const poison = (why: string, cause?: unknown) =>
    new Error(`Cannot understand ${source}: ${why}; it begins with ${shown(body)}`, { cause });
  const parsed = (json: string, what: string): unknown => {
    try {
      return JSON.parse(json);
    } catch (cause) {
      throw poison(`${what} is not JSON`, cause);
    }
  };
  const checked = <T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> => {
    const { success, output, issues } = v.safeParse(schema, value);
    if (!success) throw poison(`it is no event of S3: ${problem(issues[0])}`);
    return output;
  };
  const decoded = (key: string) => {
    try {
      return decodeURIComponent(key.replaceAll("+", " "));
    } catch (cause) {
      throw poison(`the key ${shown(key)} is not percent-encoded UTF-8`, cause);
    }
  };

  let event = parsed(body, "it");
  if (has(event, "Type") && has(event, "Message")) {
    event = parsed(checked(envelope, event).Message, "what is in its SNS envelope");
  }
  if (has(event, "Records")) {
    return checked(records, event).Records.filter(({ eventName }) => readable.test(eventName)).map(
      ({ s3 }) => {
        const { key, size, eTag, versionId, sequencer } = s3.object;
        return objectEvent(s3.bucket.name, decoded(key), size, eTag, versionId, sequencer);
      },
    );
  }
  if (has(event, "detail-type")) {
    const { "detail-type": type, detail: { bucket, object } } = checked(bridged, event);
    if (!readableDetails.includes(type)) return [];
    const { key, size, etag, "version-id": versionId, sequencer } = object;
    return [objectEvent(bucket.name, key, size, etag, versionId, sequencer)];
  }
  if (has(event, "Event") && event.Event === "s3:TestEvent") return [];
  throw poison("it is no event of S3");
}

function objectEvent(
  bucket: string,
  key: string,
  bytes?: number,
  etag?: string,
  versionId?: string,
  sequencer?: string,
): ObjectEvent {
  return { bucket, key, bytes, etag: etag?.replaceAll('"', ""), versionId, sequencer };
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key);
}

function problem(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "it";
  if (issue.received === "undefined") return `${path} is missing`;
  if (issue.type === "non_empty") return `${path} is empty`;
  return `${path} is ${cut(issue.received)}, not ${issue.expected}`;
}

function shown(found: string): string {
  return JSON.stringify(cut(found));
}

function cut(found: string): string {
  return found.length > maxShownLength ? `${found.slice(0, maxShownLength)}…` : found;
}
