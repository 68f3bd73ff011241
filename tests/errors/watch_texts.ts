import { Lease } from "../../lib/watch/lease.ts";
import type { QueuedMessage } from "../../lib/watch/object_queue.ts";
import { SqsQueue } from "../../lib/watch/sqs_queue.ts";
import { FakeSqs, type FakeSqsOptions } from "../fakes/sqs.ts";
import { errorOf, type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";
import { rawSource } from "../watch/object_queue_conformance.ts";

const { signal } = new AbortController();
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "s3cret" };
const aws = "sqs://sqs.eu-central-1.amazonaws.com/123456789012/new-objects";
const denied = {
  status: 403,
  code: "AccessDenied",
  message: "User: arn:aws:iam::123456789012:user/u is not authorized to perform: sqs:receivemessage.",
};
const tls = (name: string) => Deno.readTextFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));
const claim = (queue: SqsQueue) => queue.claim(1, signal);

interface SceneOptions extends FakeSqsOptions {
  /** What the queue is called that is opened. */
  readonly queue?: string;
  /** By default so long that a hurried clock does not reach it. */
  readonly timeoutSeconds?: number;
}

/** What a queue of SQS fails with, at `/000000000000/q` by default. */
function sqs(
  when: string,
  text: string,
  work: (queue: SqsQueue, fake: FakeSqs, scene: Scene) => unknown,
  { queue: name = "q", timeoutSeconds = 3_600, ...options }: SceneOptions = {},
): ErrorText {
  return {
    when,
    text,
    kind: "queue",
    async provoke(scene) {
      const fake = scene.use(await FakeSqs.start(options));
      scene.hide(fake.endpoint.replace(/^.*:/, ""), "<PORT>");
      const url = fake.createQueue("q").replace(/q$/, name);
      const queue = await SqsQueue.open(url, { region: "us-east-1", credentials, timeoutSeconds });
      const error = await errorOf(() => work(queue, fake, scene));
      await queue.close();
      return error;
    },
  };
}

/** What fails with a message that is claimed. */
function claimed(
  when: string,
  text: string,
  work: (queue: SqsQueue, message: QueuedMessage, fake: FakeSqs) => unknown,
  body = "{}",
): ErrorText {
  return sqs(when, text, async (queue, fake) => {
    fake.send("q", body);
    const [message] = await claim(queue);
    await work(queue, message!, fake);
  });
}

/** What is said of a message that cannot be understood. */
function poison(when: string, text: string, body: unknown): ErrorText {
  const row = claimed(
    when,
    `Cannot understand message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: ${text}`,
    (_, message) => message.names(rawSource),
    typeof body === "string" ? body : JSON.stringify(body),
  );
  return { ...row, kind: "data" };
}

/** What opening a queue fails with. */
function opening(when: string, text: string, url: string, options = {}): ErrorText {
  return {
    when,
    text,
    async provoke(scene) {
      await scene.environment({});
      return failureOf(() => SqsQueue.open(url, options));
    },
  };
}

export const watchTexts: ErrorTexts = {
  name: "SqsQueue",
  rows: [
    opening(
      "an address without account",
      "Cannot open queue sqs://sqs.eu-central-1.amazonaws.com/q: its address must be sqs://HOST/ACCOUNT/NAME or http[s]://HOST[:PORT]/ACCOUNT/NAME, and nothing more",
      "sqs://sqs.eu-central-1.amazonaws.com/q",
    ),
    opening(
      "an address with a password",
      "Cannot open queue https://…@localhost/1/q: its address must be sqs://HOST/ACCOUNT/NAME or http[s]://HOST[:PORT]/ACCOUNT/NAME, and nothing more",
      "https://u:s3cret@localhost/1/q",
    ),
    opening(
      "no region is known",
      "Cannot open sqs://localhost/1/q: no region is set; set --s3-region, AWS_REGION, or the region of the AWS profile",
      "sqs://localhost/1/q",
      { credentials },
    ),
    opening(
      "a claim that lasts too long",
      `Cannot open ${aws}: visibilitySeconds must be whole, from 1 to 43200, is 50000`,
      aws,
      { visibilitySeconds: 50_000 },
    ),
    opening(
      "a claim that waits too long",
      `Cannot open ${aws}: waitSeconds must be whole, from 0 to 20, is 60`,
      aws,
      { waitSeconds: 60 },
    ),
    {
      when: "no credentials",
      text: `Cannot read messages of ${aws}: Could not load credentials from any providers`,
      async provoke(scene) {
        await scene.environment({});
        const queue = await SqsQueue.open(aws);
        const message = await failureOf(() => claim(queue));
        await queue.close();
        return message;
      },
    },
    {
      when: "a host where nothing listens",
      text:
        "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: error sending request for url (http://127.0.0.1:<PORT>/): client error (Connect): tcp connect error: Connection refused (os error 111) after 5 attempts",
      async provoke(scene) {
        const url = `http://127.0.0.1:${scene.unusedPort()}/000000000000/q`;
        scene.hurry(100);
        const queue = await SqsQueue.open(url, { region: "us-east-1", credentials, timeoutSeconds: 3_600 });
        const message = await failureOf(() => claim(queue));
        await queue.close();
        return message;
      },
    },
    sqs(
      "a certificate that is not trusted",
      "Cannot read messages of https://127.0.0.1:<PORT>/000000000000/q: error sending request for url (https://127.0.0.1:<PORT>/): client error (Connect): invalid peer certificate: UnknownIssuer; if the certificate of 127.0.0.1 comes from a private authority, name that with --s3-ca PATH",
      claim,
      {
        tls: { cert: tls("server.pem"), key: tls("server.key") },
      },
    ),
    sqs(
      "a queue that is not there",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/none: 400 QueueDoesNotExist: The specified queue does not exist",
      claim,
      { queue: "none" },
    ),
    sqs(
      "a queue that may not be read",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: 403 AccessDenied: User: arn:aws:iam::123456789012:user/u is not authorized to perform: sqs:receivemessage",
      (queue, fake) => {
        fake.fault("ReceiveMessage", denied);
        return claim(queue);
      },
    ),
    sqs(
      "an expired token",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: 403 ExpiredToken: The security token included in the request is expired",
      (queue, fake) => {
        const message = "The security token included in the request is expired";
        fake.fault("ReceiveMessage", { status: 403, code: "ExpiredToken", message });
        return claim(queue);
      },
    ),
    sqs(
      "a server that is busy, five times",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: 403 RequestThrottled: Slow down after 5 attempts",
      (queue, fake, scene) => {
        scene.hurry(20);
        fake.fault("ReceiveMessage", { status: 403, code: "RequestThrottled", message: "Slow down." }, 5);
        return claim(queue);
      },
    ),
    sqs(
      "a server that does not answer, five times",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: no answer in 30 s after 5 attempts",
      (queue, fake, scene) => {
        scene.hurry(1_000);
        fake.fault("ReceiveMessage", "silence", 5);
        return claim(queue);
      },
      { timeoutSeconds: 10 },
    ),
    sqs(
      "a server that is not SQS",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: the server's answer, of status 200, is not SQS's JSON",
      (queue, fake) => {
        fake.fault("ReceiveMessage", { status: 200, body: "<html>Hello</html>" });
        return claim(queue);
      },
    ),
    sqs(
      "a proxy that fails, five times",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: the server's answer, of status 502, is not SQS's JSON after 5 attempts",
      (queue, fake, scene) => {
        scene.hurry(100);
        fake.fault("ReceiveMessage", { status: 502, body: "<html>Bad Gateway</html>" }, 5);
        return claim(queue);
      },
    ),
    sqs(
      "a message that was changed on its way",
      "Cannot read messages of http://127.0.0.1:<PORT>/000000000000/q: Invalid MD5 checksum on messages: 1",
      (queue, fake) => {
        const Messages = [{ MessageId: "1", ReceiptHandle: "r", Body: "{}", MD5OfBody: "0" }];
        fake.fault("ReceiveMessage", { status: 200, body: JSON.stringify({ Messages }) });
        return claim(queue);
      },
    ),
    sqs(
      "a queue that may not be looked at",
      "Cannot look at http://127.0.0.1:<PORT>/000000000000/q: 403 AccessDenied: User: arn:aws:iam::123456789012:user/u is not authorized to perform: sqs:receivemessage",
      (queue, fake) => {
        fake.fault("GetQueueAttributes", denied);
        return queue.check(signal);
      },
    ),
    claimed(
      "a message that may not be kept",
      "Cannot keep message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: 403 AccessDenied: User: arn:aws:iam::123456789012:user/u is not authorized to perform: sqs:receivemessage",
      (queue, message, fake) => {
        fake.fault("ChangeMessageVisibility", denied);
        return queue.renew(message, signal);
      },
    ),
    claimed(
      "a message that is kept too late",
      "Cannot keep message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: it is no longer claimed by this process: the claim has expired, or the message is gone",
      (queue, message, fake) => {
        fake.advance(61_000);
        return queue.renew(message, signal);
      },
    ),
    claimed(
      "a message that may not be removed",
      "Cannot remove message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: 403 AccessDenied: User: arn:aws:iam::123456789012:user/u is not authorized to perform: sqs:receivemessage",
      (queue, message, fake) => {
        fake.fault("DeleteMessage", denied);
        return queue.complete(message, signal);
      },
    ),
    claimed(
      "a message that is removed too late",
      "Cannot remove message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: it is no longer claimed by this process: the claim has expired, or the message is gone",
      (queue, message, fake) => {
        const text =
          "Value AQEB for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.";
        fake.fault("DeleteMessage", { status: 400, code: "InvalidParameterValue", message: text });
        return queue.complete(message, signal);
      },
    ),
    {
      ...sqs(
        "a message that cannot be kept in time",
        "Cannot keep message <UUID> of http://127.0.0.1:<PORT>/000000000000/q: no answer in 20 s",
        async (queue, fake, scene) => {
          fake.send("q", "{}");
          const [message] = await claim(queue);
          fake.fault("ChangeMessageVisibility", "silence", 9);
          scene.hurry(500);
          const { promise, resolve } = Promise.withResolvers<string>();
          const lease = new Lease(queue, message!, { onTrouble: resolve });
          const said = await promise;
          await lease.release();
          throw new Error(said);
        },
      ),
      kind: undefined, // a lease tells the text alone
    },
    poison("a message of another kind", 'it is not JSON; it begins with "hello"', "hello"),
    poison(
      "a message of another service",
      'it is not an S3 event: Records.0.s3 is missing; it begins with "{\\"Records\\":[{\\"eventName\\":\\"INSERT\\",\\"dynamodb\\":{}}]}"',
      { Records: [{ eventName: "INSERT", dynamodb: {} }] },
    ),
    poison("a message that is no event", 'it is not an S3 event; it begins with "{\\"hello\\":1}"', {
      hello: 1,
    }),
    poison(
      "a message in an envelope that is no event",
      'what is in its SNS envelope is not JSON; it begins with "{\\"Type\\":\\"Notification\\",\\"Message\\":\\"hello\\"}"',
      { Type: "Notification", Message: "hello" },
    ),
    poison(
      "an event whose key is not encoded",
      'the key "100%" is not percent-encoded UTF-8; it begins with "{\\"Records\\":[{\\"eventName\\":\\"ObjectCreated:Put\\",\\"s3\\":{\\"bucket\\":{\\"name\\":\\"b\\"},\\"object\\":{\\"key\\":\\"100%\\"}}}]}"',
      {
        Records: [{ eventName: "ObjectCreated:Put", s3: { bucket: { name: "b" }, object: { key: "100%" } } }],
      },
    ),
  ],
};
