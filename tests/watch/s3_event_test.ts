import { assertEquals, assertThrows } from "@std/assert/mod.js";
import fc from "fast-check";
import { objectsOfMessage } from "../../lib/watch/s3_event.ts";
import { numRuns } from "../property_runs.ts";

const objects = (message: unknown) =>
  objectsOfMessage(typeof message === "string" ? message : JSON.stringify(message), "message 1");

/** An event as S3 sends it by itself. */
function record(key: string, eventName = "ObjectCreated:Put", object: Record<string, unknown> = {}) {
  return {
    eventVersion: "2.1",
    eventSource: "aws:s3",
    awsRegion: "eu-central-1",
    eventTime: "2026-01-02T03:04:05.678Z",
    eventName,
    userIdentity: { principalId: "AWS:AIDAEXAMPLE" },
    requestParameters: { sourceIPAddress: "192.0.2.1" },
    responseElements: { "x-amz-request-id": "C3D13FE58DE4C810" },
    s3: {
      s3SchemaVersion: "1.0",
      configurationId: "new-objects",
      bucket: { name: "raw", ownerIdentity: { principalId: "A3NL1KOZZKExample" }, arn: "arn:aws:s3:::raw" },
      object: { key, ...object },
    },
  };
}

/** An event as EventBridge sends it. */
function bridged(key: string, type = "Object Created", object: Record<string, unknown> = {}) {
  return {
    version: "0",
    id: "17793124-05d4-b198-2fde-7ededc63b103",
    "detail-type": type,
    source: "aws.s3",
    account: "111122223333",
    time: "2026-01-02T03:04:05Z",
    region: "eu-central-1",
    resources: ["arn:aws:s3:::raw"],
    detail: { version: "0", bucket: { name: "raw" }, object: { key, ...object }, reason: "PutObject" },
  };
}

function notification(message: unknown) {
  return {
    Type: "Notification",
    MessageId: "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
    TopicArn: "arn:aws:sns:eu-central-1:111122223333:new-objects",
    Subject: "Amazon S3 Notification",
    Message: JSON.stringify(message),
    Timestamp: "2026-01-02T03:04:05.700Z",
  };
}

const testEvent = {
  Service: "Amazon S3",
  Event: "s3:TestEvent",
  Time: "2026-01-02T03:04:05.678Z",
  Bucket: "raw",
  RequestId: "5582815E1AEA5ADF",
  HostId: "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
};

const known = { size: 5, sequencer: "0055AED6DCD90281E5" };
const full = {
  bucket: "raw",
  key: "in/a b.jsonl",
  bytes: 5,
  etag: "d41d8cd9",
  versionId: "v1",
  sequencer: "0055AED6DCD90281E5",
};
const bare = { bucket: "raw", bytes: undefined, etag: undefined, versionId: undefined, sequencer: undefined };

Deno.test("objectsOfMessage() reads what S3 sends, with several records", () => {
  const first = record("in/a+b.jsonl", "ObjectCreated:Put", { ...known, eTag: "d41d8cd9", versionId: "v1" });
  const second = record("in/%C3%A9%2B%25.jsonl", "ObjectCreated:CompleteMultipartUpload");
  assertEquals(objects({ Records: [first, second] }), [full, { ...bare, key: "in/é+%.jsonl" }]);
});

Deno.test("objectsOfMessage() reads what EventBridge sends, whose keys are as they are", () => {
  const object = { ...known, etag: "d41d8cd9", "version-id": "v1" };
  assertEquals(objects(bridged("in/a b.jsonl", "Object Created", object)), [full]);
  assertEquals(objects(bridged("a+b%20c")), [{ ...bare, key: "a+b%20c" }]);
});

Deno.test("objectsOfMessage() reads both in an envelope of SNS", () => {
  const expected = [{ ...bare, key: "a" }];
  assertEquals(objects(notification({ Records: [record("a")] })), expected);
  assertEquals(objects(notification(bridged("a"))), expected);
  assertEquals(objects(notification(testEvent)), []);
});

Deno.test("objectsOfMessage() finds nothing in S3's test of a queue", () => {
  assertEquals(objects(testEvent), []);
  assertEquals(objects({ Records: [] }), []);
});

Deno.test("objectsOfMessage() names what has become readable, and nothing else", () => {
  for (
    const [name, isNamed] of [
      ["ObjectCreated:Put", true],
      ["ObjectCreated:Post", true],
      ["ObjectCreated:Copy", true],
      ["s3:ObjectCreated:Put", true],
      ["ObjectRestore:Completed", true],
      ["ObjectRestore:Post", false],
      ["ObjectRestore:Delete", false],
      ["ObjectRemoved:Delete", false],
      ["ObjectRemoved:DeleteMarkerCreated", false],
      ["LifecycleExpiration:Delete", false],
      ["LifecycleTransition", false],
      ["ObjectTagging:Put", false],
      ["ReducedRedundancyLostObject", false],
    ] as const
  ) assertEquals(objects({ Records: [record("a", name)] }).length, isNamed ? 1 : 0, name);
  for (
    const [type, isNamed] of [
      ["Object Created", true],
      ["Object Restore Completed", true],
      ["Object Restore Initiated", false],
      ["Object Deleted", false],
      ["Object Tags Added", false],
    ] as const
  ) assertEquals(objects(bridged("a", type)).length, isNamed ? 1 : 0, type);
});

Deno.test("objectsOfMessage() keeps the records that count among those that do not", () => {
  const records = [record("a", "ObjectRemoved:Delete"), record("b"), record("a", "ObjectTagging:Put")];
  assertEquals(objects({ Records: records }).map(({ key }) => key), ["b"]);
});

Deno.test("objectsOfMessage() does without what it does not need, whatever stands there", () => {
  const odd = { size: "5", eTag: null, versionId: null, sequencer: 7 };
  assertEquals(objects({ Records: [record("a", "ObjectCreated:Put", odd)] }), [{ ...bare, key: "a" }]);
  assertEquals(objects({ Records: [record("a", "ObjectCreated:Put", { eTag: '"e"' })] })[0]!.etag, "e");
});

Deno.test("objectsOfMessage() says what is wrong with any other body", () => {
  const s3 = { bucket: { name: "raw" }, object: { key: "a" } };
  for (
    const [message, why] of [
      ["", 'it is not JSON; it begins with ""'],
      ["hello", 'it is not JSON; it begins with "hello"'],
      ["x".repeat(1_000), `it is not JSON; it begins with "${"x".repeat(200)}…"`],
      ["null", 'it is not an S3 event; it begins with "null"'],
      ["[]", 'it is not an S3 event; it begins with "[]"'],
      [{}, 'it is not an S3 event; it begins with "{}"'],
      [{ Records: 5 }, "it is not an S3 event: Records is 5, not Array; it begins with"],
      [{ Records: [{}] }, "it is not an S3 event: Records.0.eventName is missing; it begins with"],
      [{ Records: [{ eventName: "INSERT", dynamodb: {} }] }, "Records.0.s3 is missing;"],
      [{ Records: [{ eventName: 5, s3 }] }, "Records.0.eventName is 5, not string;"],
      [{ Records: [record("")] }, "Records.0.s3.object.key is empty;"],
      [{ Records: [record("%FF")] }, 'the key "%FF" is not percent-encoded UTF-8;'],
      [{ Records: [record("100%")] }, 'the key "100%" is not percent-encoded UTF-8;'],
      [{ Type: "Notification", Message: "hello" }, "what is in its SNS envelope is not JSON;"],
      [{ Type: "Notification", Message: 5 }, "Message is 5, not string;"],
      [{ Type: "SubscriptionConfirmation", Message: "You…" }, 'Type is "SubscriptionConfirmation", not '],
      [{ ...bridged("a"), source: "aws.ec2" }, 'source is "aws.ec2", not "aws.s3";'],
      [{ ...bridged("a"), "detail-type": "AWS API Call via CloudTrail" }, "detail-type is "],
      [{ ...bridged("a"), detail: {} }, "detail.bucket is missing;"],
      [{ Service: "Amazon S3", Event: "s3:Other" }, "it is not an S3 event;"],
    ] as const
  ) {
    const { message: text } = assertThrows(() => objects(message), Error, why);
    assertEquals(text.startsWith("Cannot understand message 1: "), true, text);
    assertEquals(text.length < 600, true, text);
  }
});

Deno.test("objectsOfMessage() gives any key as it was", () => {
  const key = fc.string({ unit: "binary", minLength: 1 });
  fc.assert(
    fc.property(key, fc.boolean(), fc.boolean(), (key, isWrapped, hasPlus) => {
      const encoded = encodeURIComponent(key).replaceAll("%20", hasPlus ? "+" : "%20").replaceAll("%2F", "/");
      const direct = { Records: [record(encoded)] };
      for (const event of [direct, bridged(key)]) {
        assertEquals(objects(isWrapped ? notification(event) : event), [{ ...bare, key }]);
      }
    }),
    { numRuns },
  );
});

Deno.test("objectsOfMessage() of any JSON ends in objects or in its own error", () => {
  fc.assert(
    fc.property(fc.json(), (body) => {
      try {
        assertEquals(objects(body), []);
      } catch (error) {
        assertEquals((error as Error).message.startsWith("Cannot understand message 1: "), true);
      }
    }),
    { numRuns },
  );
});
