import * as v from "valibot";
import { SluiceError } from "../errors/sluice_error.ts";
import { cut, schemaProblem } from "../text/schema_problem.ts";
import type { QueueSource } from "./object_queue.ts";

/** An object that can be read, as an event describes it. Whatever else the event knew may be absent. */
export interface ObjectEvent {
  readonly bucket: string;
  /** The whole key, decoded. */
  readonly key: string;
  readonly bytes?: number;
  /** Without quotes. */
  readonly etag?: string;
  /** If the bucket keeps versions. */
  readonly versionId?: string;
  /** What S3 orders the events of one key by. */
  readonly sequencer?: string;
}

/** The events after which an object can be read: it was written, or restored from an archive. */
const readable = /^(?:s3:)?(?:ObjectCreated:|ObjectRestore:Completed$)/;
const readableDetails = ["Object Created", "Object Restore Completed"];

/** Nothing depends on these fields: any other value counts as absent. */
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
 * archive. Understands what S3 sends, directly or through EventBridge, and both in the envelope of an SNS topic. Other
 * events (objects removed, tagged, moved to another storage class), and the message by which S3 tests a new queue, name
 * none.
 *
 * @param source What has this body, for the error: `message 1 of sqs://…`.
 * @throws {SluiceError} `data`: it is anything else; quotes how it begins.
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
    new SluiceError({
      kind: "data",
      action: "understand",
      subject: source,
      reason: `${why}; it begins with ${shown(body)}`,
      cause,
    });
  const parsed = (json: string, what: string): unknown => {
    try {
      return JSON.parse(json);
    } catch (cause) {
      throw poison(`${what} is not JSON`, cause);
    }
  };
  const checked = <T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> => {
    const { success, output, issues } = v.safeParse(schema, value);
    if (!success) throw poison(`it is not an S3 event: ${schemaProblem(issues[0])}`);
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
  throw poison("it is not an S3 event");
}

/**
 * Names of a source's objects among those of a message.
 *
 * @param message For the error: `message 1 of sqs://…`.
 * @throws {SluiceError} `data`: an object is in another bucket than the source.
 */
export function namesOfEvents(
  events: readonly ObjectEvent[],
  message: string,
  source: QueueSource,
): string[] {
  const { bucket, prefix } = notificationsOf(source);
  return events.flatMap((event) => {
    if (event.bucket !== bucket) {
      throw new SluiceError({
        kind: "data",
        action: "use",
        subject: message,
        reason: `it is about s3://${event.bucket}/, not ${source.url}`,
      });
    }
    return event.key.startsWith(prefix) ? [event.key.slice(prefix.length)] : [];
  });
}

/** @throws {SluiceError} `settings`: there are no events about the source's objects. */
export function notificationsOf({ abilities, url }: QueueSource): { bucket: string; prefix: string } {
  if (abilities.notifications !== undefined) return abilities.notifications;
  const reason = "only the objects of an S3 prefix have events; leave out --events to watch by listings";
  throw new SluiceError({ kind: "settings", action: "watch", subject: url, reason });
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

function shown(found: string): string {
  return JSON.stringify(cut(found));
}
