import { Buffer } from "node:buffer";
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";

/** Tests may fake the clock of the code under test: this server's own keeps running. */
const { setTimeout, clearTimeout } = globalThis;
const now = Date.now;

const account = "000000000000";
/** How long all claims of a message together may last, as in SQS. */
const maxClaimedMs = 43_200_000;

/** An SQS operation, as its command is called in the SDK. */
export type SqsOperation =
  | "SendMessage"
  | "ReceiveMessage"
  | "DeleteMessage"
  | "ChangeMessageVisibility"
  | "GetQueueAttributes";

/** A request, as {@linkcode FakeSqs} records it. */
export interface FakeSqsRequest {
  readonly operation: SqsOperation;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface FakeQueueOptions {
  /** Where a claim does not say, 30 as in SQS. */
  readonly visibilitySeconds?: number;
  /** How often a message is delivered before it goes to `deadLetterQueue`, which must be there. */
  readonly maxReceiveCount?: number;
  readonly deadLetterQueue?: string;
}

export interface FakeSqsOptions {
  /** Speaks TLS with this certificate and key, as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** What happens in place of the ordinary answer. */
export type SqsFault =
  /** An error, nothing done. */
  | { readonly status: number; readonly code: string; readonly message?: string }
  /** Any other answer, nothing done. */
  | { readonly status: number; readonly body: string }
  /** The connection is cut, nothing done. */
  | "reset"
  /** There is no answer, nothing done. */
  | "silence";

interface FakeMessage {
  readonly id: string;
  readonly body: string;
  receives: number;
  /** When it can be claimed, in milliseconds of the fake's clock. */
  visibleMs: number;
  /** When it was last claimed. */
  claimedMs: number;
  receipt?: string;
}

interface FakeQueue extends FakeQueueOptions {
  readonly messages: FakeMessage[];
}

/** A `ReceiveMessage` that is not answered yet. */
interface Poll {
  readonly queue: FakeQueue;
  readonly input: Readonly<Record<string, unknown>>;
  readonly endMs: number;
  readonly answer: (messages: FakeMessage[]) => void;
}

class SqsError extends Error {
  constructor(readonly status: number, readonly type: string, readonly queryCode: string, message: string) {
    super(message);
  }
}

/**
 * An SQS over HTTP, in process, as far as Sluice uses it, in the protocol AWS JSON 1.0: standard queues, long polls,
 * visibility, dead letters. It looks at whether requests are signed, not by whom. Its clock is the machine's, and a
 * test can put it forward.
 */
export class FakeSqs implements AsyncDisposable {
  /** All requests, in the order in which they came in. */
  readonly requests: FakeSqsRequest[] = [];
  readonly #queues = new Map<string, FakeQueue>();
  readonly #faults: { operation: SqsOperation; fault: SqsFault; times: number }[] = [];
  readonly #polls = new Set<Poll>();
  readonly #options: FakeSqsOptions;
  readonly #server: Server;
  #aheadMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(options: FakeSqsOptions) {
    this.#options = options;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#server = options.tls ? createTlsServer(options.tls, serve) : createServer(serve);
  }

  /** Starts one on the loopback interface. */
  static async start(options: FakeSqsOptions = {}): Promise<FakeSqs> {
    const fake = new FakeSqs(options);
    fake.#server.listen(0, "127.0.0.1");
    await once(fake.#server, "listening");
    return fake;
  }

  /** `http://127.0.0.1:PORT`, or with `https:`. */
  get endpoint(): string {
    return `http${this.#options.tls ? "s" : ""}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `ReceiveMessage` requests that wait for a message. */
  get polls(): number {
    return this.#polls.size;
  }

  /** Makes an empty queue; returns its URL. */
  createQueue(name: string, options: FakeQueueOptions = {}): string {
    this.#queues.set(name, { ...options, messages: [] });
    return `${this.endpoint}/${account}/${name}`;
  }

  /** Puts a message into a queue, without a request; returns its id. */
  send(name: string, body: string): string {
    const message = { id: randomUUID(), body, receives: 0, visibleMs: this.#nowMs(), claimedMs: 0 };
    this.#queue(name).messages.push(message);
    this.#answerPolls();
    return message.id;
  }

  /** Bodies of the messages that can be claimed. */
  waiting(name: string): string[] {
    return this.#queue(name).messages.filter((message) => message.visibleMs <= this.#nowMs()).map(bodyOf);
  }

  /** Bodies of the messages that are claimed. */
  inFlight(name: string): string[] {
    return this.#queue(name).messages.filter((message) => message.visibleMs > this.#nowMs()).map(bodyOf);
  }

  /** Recorded requests of one operation. */
  count(operation: SqsOperation): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  /** Puts the fake's clock forward. */
  advance(ms: number): void {
    this.#aheadMs += ms;
    this.#answerPolls();
  }

  /** Has the next requests of an operation fail, one by default. The fault that was set first meets a request. */
  fault(operation: SqsOperation, fault: SqsFault, times = 1): void {
    this.#faults.push({ operation, fault, times });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#polls.clear();
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Uint8Array>)).toString();
      const operation = String(incoming.headers["x-amz-target"]).replace("AmazonSQS.", "") as SqsOperation;
      const input = JSON.parse(body) as Record<string, unknown>;
      this.requests.push({ operation, input });
      const fault = this.#faults.find((fault) => fault.operation === operation && fault.times > 0);
      if (fault !== undefined) fault.times--;
      if (fault?.fault === "silence") return;
      if (fault?.fault === "reset") return void incoming.socket.destroy();
      if (fault !== undefined && "body" in fault.fault) {
        response.writeHead(fault.fault.status, { "content-type": "text/html" }).end(fault.fault.body);
        return;
      }
      try {
        if (fault !== undefined && "code" in fault.fault) {
          const { status, code, message = code } = fault.fault;
          throw new SqsError(status, `com.amazon.coral.service#${code}`, code, message);
        }
        if (!incoming.headers.authorization) {
          const text = "Request is missing Authentication Token";
          throw new SqsError(
            403,
            "com.amazon.coral.service#MissingAuthenticationToken",
            "AccessDenied",
            text,
          );
        }
        send(response, 200, await this.#operate(operation, input, response));
      } catch (error) {
        if (!(error instanceof SqsError)) throw error;
        const { status, type, queryCode, message } = error;
        send(response, status, { __type: type, message }, { "x-amzn-query-error": `${queryCode};Sender` });
      }
    } catch {
      incoming.socket.destroy();
    }
  }

  async #operate(
    operation: SqsOperation,
    input: Readonly<Record<string, unknown>>,
    response: ServerResponse,
  ): Promise<unknown> {
    const name = new URL(String(input.QueueUrl)).pathname.split("/").at(-1)!;
    const queue = this.#queues.get(name);
    if (queue === undefined) {
      const code = "AWS.SimpleQueueService.NonExistentQueue";
      throw new SqsError(
        400,
        "com.amazonaws.sqs#QueueDoesNotExist",
        code,
        "The specified queue does not exist.",
      );
    }
    switch (operation) {
      case "SendMessage": {
        const body = String(input.MessageBody);
        return { MessageId: this.send(name, body), MD5OfMessageBody: md5(body) };
      }
      case "ReceiveMessage": {
        const messages = await this.#receive(queue, input, response);
        const asked = input.MessageSystemAttributeNames as string[] | undefined ?? [];
        if (messages.length === 0) return {};
        return {
          Messages: messages.map(({ id, receipt, body, receives }) => ({
            MessageId: id,
            ReceiptHandle: receipt,
            Body: body,
            MD5OfBody: md5(body),
            ...asked.includes("ApproximateReceiveCount")
              ? { Attributes: { ApproximateReceiveCount: String(receives) } }
              : {},
          })),
        };
      }
      case "DeleteMessage": {
        const found = messageOf(queue, input.ReceiptHandle);
        // An old receipt is taken, and does nothing.
        if (found !== undefined) queue.messages.splice(queue.messages.indexOf(found), 1);
        return {};
      }
      case "ChangeMessageVisibility":
        this.#hide(messageOf(queue, input.ReceiptHandle), input);
        this.#answerPolls();
        return {};
      case "GetQueueAttributes": {
        const { maxReceiveCount, deadLetterQueue, visibilitySeconds = 30 } = queue;
        const deadLetterTargetArn = `arn:aws:sqs:us-east-1:${account}:${deadLetterQueue}`;
        const attributes: Record<string, string> = {
          ApproximateNumberOfMessages: String(this.waiting(name).length),
          ApproximateNumberOfMessagesNotVisible: String(this.inFlight(name).length),
          VisibilityTimeout: String(visibilitySeconds),
          ...deadLetterQueue === undefined
            ? {}
            : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount }) },
        };
        const asked = input.AttributeNames as string[];
        return {
          Attributes: Object.fromEntries(Object.entries(attributes).filter(([name]) => asked.includes(name))),
        };
      }
      default:
        throw new SqsError(
          400,
          "com.amazon.coral.service#UnknownOperationException",
          "InvalidAction",
          operation,
        );
    }
  }

  #receive(
    queue: FakeQueue,
    input: Readonly<Record<string, unknown>>,
    response: ServerResponse,
  ): Promise<FakeMessage[]> {
    const { WaitTimeSeconds: wait = 0, MaxNumberOfMessages: most = 1 } = input as Record<string, number>;
    if (!(wait >= 0 && wait <= 20) || !(most >= 1 && most <= 10)) {
      throw invalidValue(most >= 1 && most <= 10 ? "WaitTimeSeconds" : "MaxNumberOfMessages", "out of range");
    }
    return new Promise((answer) => {
      const poll = { queue, input, endMs: this.#nowMs() + wait * 1000, answer };
      this.#polls.add(poll);
      response.on("close", () => this.#polls.delete(poll));
      this.#answerPolls();
    });
  }

  /** Answers the polls that there is something for, and those whose time is over; looks again when that changes. */
  #answerPolls(): void {
    const nowMs = this.#nowMs();
    for (const poll of this.#polls) {
      const claimed = this.#claim(poll);
      if (claimed.length === 0 && poll.endMs > nowMs) continue;
      this.#polls.delete(poll);
      poll.answer(claimed);
    }
    clearTimeout(this.#timer);
    const next = [...this.#polls].flatMap(({ endMs, queue }) => [
      endMs,
      ...queue.messages.map(({ visibleMs }) => visibleMs),
    ]);
    if (next.length > 0) {
      this.#timer = setTimeout(() => this.#answerPolls(), Math.max(Math.min(...next) - nowMs, 1));
    }
  }

  #claim({ queue, input }: Poll): FakeMessage[] {
    const { MaxNumberOfMessages: most = 1, VisibilityTimeout = queue.visibilitySeconds ?? 30 } =
      input as Record<string, number>;
    const claimed: FakeMessage[] = [], nowMs = this.#nowMs();
    for (const message of [...queue.messages]) {
      if (claimed.length === most) break;
      if (message.visibleMs > nowMs) continue;
      if (message.receives >= (queue.maxReceiveCount ?? Infinity)) {
        queue.messages.splice(queue.messages.indexOf(message), 1);
        this.#queue(queue.deadLetterQueue!).messages.push(message);
        continue;
      }
      message.receives++;
      message.claimedMs = nowMs;
      message.visibleMs = nowMs + VisibilityTimeout * 1000;
      message.receipt = receiptOf(message);
      claimed.push(message);
    }
    return claimed;
  }

  #hide(message: FakeMessage | undefined, input: Readonly<Record<string, unknown>>): void {
    const nowMs = this.#nowMs(), hiddenMs = Number(input.VisibilityTimeout) * 1000;
    if (message === undefined || message.visibleMs <= nowMs) {
      const why = "Message does not exist or is not available for visibility timeout change.";
      throw invalidValue("ReceiptHandle", why, input.ReceiptHandle);
    }
    if (nowMs + hiddenMs > message.claimedMs + maxClaimedMs) {
      const why = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
      throw invalidValue("VisibilityTimeout", why, input.VisibilityTimeout);
    }
    message.visibleMs = nowMs + hiddenMs;
  }

  #queue(name: string): FakeQueue {
    const queue = this.#queues.get(name);
    if (queue === undefined) throw new Error(`Cannot use queue ${name}: there is no such queue`);
    return queue;
  }

  #nowMs(): number {
    return now() + this.#aheadMs;
  }
}

function receiptOf({ id, receives }: FakeMessage): string {
  return Buffer.from(`${id} ${receives}`).toString("base64");
}

/** The message whose last claim has this receipt. */
function messageOf({ messages }: FakeQueue, receipt: unknown): FakeMessage | undefined {
  if (!/^[0-9a-f-]{36} \d+$/.test(Buffer.from(String(receipt), "base64").toString())) {
    const text = `The input receipt handle "${receipt}" is not a valid receipt handle.`;
    throw new SqsError(404, "com.amazonaws.sqs#ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", text);
  }
  return messages.find((message) => message.receipt === receipt);
}

function invalidValue(parameter: string, why: string, value: unknown = "X"): SqsError {
  const text = `Value ${value} for parameter ${parameter} is invalid. Reason: ${why}`;
  return new SqsError(
    400,
    "com.amazon.coral.service#InvalidParameterValueException",
    "InvalidParameterValue",
    text,
  );
}

function send(
  response: ServerResponse,
  status: number,
  answer: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = JSON.stringify(answer);
  response.writeHead(status, {
    "content-type": "application/x-amz-json-1.0",
    "content-length": String(Buffer.byteLength(body)),
    "x-amzn-requestid": "FAKE",
    ...headers,
  });
  response.end(body);
}

function bodyOf({ body }: FakeMessage): string {
  return body;
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
