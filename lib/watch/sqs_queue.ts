import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { answerOf } from "../aws/aws_answer.ts";
import { failure } from "../aws/aws_failure.ts";
import { proxyOf } from "../proxies/proxy_of.ts";
import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { count, plural } from "../text/format.ts";
import { printableAddress } from "../text/printable_address.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage, type QueueSource } from "./object_queue.ts";
import { namesOfEvents, notificationsOf, objectsOfMessage } from "./s3_event.ts";
import { credentialChain, refreshCredentials } from "../aws/refresh_credentials.ts";
import { SqsRequestHandler } from "../aws/sqs_request_handler.ts";

const maxAttempts = 5;
/** The most that SQS delivers at once. */
const maxClaimedMessages = 10;
/** The longest that SQS waits for a message, in seconds. */
const maxWaitSeconds = 20;

export interface SqsQueueOptions {
  /** How long a claimed message is hidden from others: 1 to 43,200 (12 hours). Defaults to 60. */
  readonly visibilitySeconds?: number;
  /** How long a claim waits for a message: 0 to 20. Defaults to 20. */
  readonly waitSeconds?: number;
  /** The region, if the queue's host does not name it; takes precedence over `AWS_REGION` and the profile's. */
  readonly region?: string;
  /** How long SQS may take to answer before a request is repeated. Defaults to 10; a claim's wait is added. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities for an `https:` address, as PEM. Defaults to the system's. */
  readonly ca?: string;
  /** Take precedence over the SDK's credential chain. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * A queue of Amazon SQS that S3 sends its events to. Credentials come from the AWS SDK's chain, and so does the region
 * if the queue's host does not name it. Every call is attempted up to five times. The queue must allow
 * `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage` and, for `check()`,
 * `sqs:GetQueueAttributes`.
 */
export class SqsQueue implements ObjectQueue {
  readonly url: string;
  readonly visibilitySeconds: number;
  /** The region that requests are signed for. */
  readonly region: string;
  readonly #client: SQSClient;
  readonly #queueUrl: string;
  readonly #waitSeconds: number;
  readonly #timeoutMs: number;

  private constructor(client: SQSClient, address: QueueAddress, region: string, options: SqsQueueOptions) {
    this.url = address.shown;
    this.region = region;
    this.visibilitySeconds = options.visibilitySeconds ?? 60;
    this.#client = client;
    this.#queueUrl = address.queueUrl;
    this.#waitSeconds = options.waitSeconds ?? maxWaitSeconds;
    this.#timeoutMs = timeoutMsOf(options);
  }

  /**
   * Opens the queue at `sqs://HOST/ACCOUNT/NAME`, which is reached by `https:`, or at `http[s]://HOST[:PORT]/ACCOUNT/NAME`.
   * Makes no call.
   *
   * @throws {SluiceError} `settings`: the address has another form, no region is known, or an option is out of range.
   */
  static async open(url: string, options: SqsQueueOptions = {}): Promise<SqsQueue> {
    const address = parseQueueAddress(url);
    const opening = { kind: "settings", action: "open", subject: address.shown } as const;
    const { visibilitySeconds = 60, waitSeconds = maxWaitSeconds } = options;
    if (!(Number.isInteger(visibilitySeconds) && visibilitySeconds >= 1 && visibilitySeconds <= 43_200)) {
      throw new SluiceError({
        ...opening,
        reason: `visibilitySeconds must be whole, from 1 to 43,200, is ${visibilitySeconds}`,
      });
    }
    if (!(Number.isInteger(waitSeconds) && waitSeconds >= 0 && waitSeconds <= maxWaitSeconds)) {
      throw new SluiceError({
        ...opening,
        reason: `waitSeconds must be whole, from 0 to ${maxWaitSeconds}, is ${waitSeconds}`,
      });
    }
    proxyOf(new URL(address.queueUrl)); // what cannot be used is told before the first request
    const requestHandler = new SqsRequestHandler({ ca: options.ca, timeoutMs: timeoutMsOf(options) });
    const client = new SQSClient({
      endpoint: new URL(address.queueUrl).origin,
      region: address.region ?? options.region,
      credentials: options.credentials,
      maxAttempts,
      requestHandler,
      ...credentialChain(requestHandler),
    });
    refreshCredentials(client);
    try {
      return new SqsQueue(client, address, await client.config.region(), options);
    } catch (cause) {
      client.destroy();
      // The SDK's error has no code.
      const reason = reasonOf(cause) === "Region is missing"
        ? "no region is set; set --s3-region, AWS_REGION, or the region of the AWS profile"
        : reasonOf(cause).replace(/\.$/, "");
      throw new SluiceError({ ...opening, reason, cause });
    }
  }

  async claim(maxMessages: number, signal: AbortSignal): Promise<readonly QueuedMessage[]> {
    const { Messages = [] } = await this.#client.send(
      new ReceiveMessageCommand({
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: Math.min(maxMessages, maxClaimedMessages),
        WaitTimeSeconds: this.#waitSeconds,
        VisibilityTimeout: this.visibilitySeconds,
        MessageSystemAttributeNames: ["ApproximateReceiveCount"],
      }),
      { abortSignal: signal, requestTimeout: this.#waitSeconds * 1000 + this.#timeoutMs },
    ).catch((error) => {
      throw this.#failure("read messages of", error, signal);
    });
    return Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes }) => ({
      id: MessageId,
      receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
      receipt: ReceiptHandle,
      names: (source) => {
        const message = `message ${MessageId} of ${this.url}`;
        return namesOfEvents(objectsOfMessage(Body, message), message, source);
      },
    }));
  }

  verifySource(source: QueueSource): void {
    notificationsOf(source);
  }

  async renew(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    await this.#hide(message, this.visibilitySeconds, signal).catch((error) => {
      throw this.#lost("keep", message, error, signal) ??
        this.#failure(`keep message ${message.id} of`, error, signal);
    });
  }

  async complete(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: message.receipt }),
      { abortSignal: signal },
    ).catch((error) => {
      throw this.#lost("remove", message, error, signal) ??
        this.#failure(`remove message ${message.id} of`, error, signal);
    });
  }

  async abandon(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    // If this fails, the claim expires.
    await this.#hide(message, 0, signal).catch(() => {});
  }

  async check(signal: AbortSignal): Promise<string> {
    const { Attributes = {} } = await this.#client.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.#queueUrl,
        AttributeNames: [
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "RedrivePolicy",
        ],
      }),
      { abortSignal: signal },
    ).catch((error) => {
      throw this.#failure("look at", error, signal);
    });
    const { ApproximateNumberOfMessages: waiting = 0, ApproximateNumberOfMessagesNotVisible: claimed = 0 } =
      Attributes;
    const policy = redrivePolicy(Attributes.RedrivePolicy);
    return `about ${plural(Number(waiting), "message")} waiting, ${count(Number(claimed))} claimed; ${
      policy === undefined
        ? "no dead-letter queue: messages that cannot be understood are delivered again and again"
        : `messages delivered ${policy.maxReceiveCount} times go to ${policy.target}`
    }`;
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  async #hide(message: QueuedMessage, seconds: number, signal: AbortSignal): Promise<void> {
    await this.#client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: this.#queueUrl,
        ReceiptHandle: message.receipt,
        VisibilityTimeout: seconds,
      }),
      { abortSignal: signal },
    );
  }

  #failure(action: string, cause: unknown, signal: AbortSignal): Error {
    return failure({ kind: "queue", action, subject: this.url }, cause, signal);
  }

  /** The error for a claim that has ended, if that is what SQS reports. SQS's own text would quote the receipt. */
  #lost(
    action: string,
    { id }: QueuedMessage,
    cause: unknown,
    signal: AbortSignal,
  ): MessageLostError | undefined {
    const { code, message } = answerOf(cause);
    const isLost = /ReceiptHandleIsInvalid|MessageNotInflight/.test(code) ||
      (/InvalidParameterValue/.test(code) && /ReceiptHandle|Total VisibilityTimeout/.test(message));
    if (!isLost || signal.aborted) return undefined;
    return new MessageLostError(action, `message ${id} of ${this.url}`, cause);
  }
}

function timeoutMsOf({ timeoutSeconds = 10 }: SqsQueueOptions): number {
  return timeoutSeconds * 1000;
}

interface QueueAddress {
  /** The URL that SQS knows it by. */
  readonly queueUrl: string;
  /** As it was given. */
  readonly shown: string;
  /** If the host names it. */
  readonly region?: string;
}

function parseQueueAddress(url: string): QueueAddress {
  const queueUrl = url.replace(/^sqs:/i, "https:");
  const parsed = URL.canParse(queueUrl) ? new URL(queueUrl) : undefined;
  const isAddress = /^https?:\/\/[^/?#@\\\s]+(?:\/[^/?#@\\\s]+){2,}$/i.test(queueUrl);
  if (parsed === undefined || !isAddress) {
    throw new SluiceError({
      kind: "settings",
      action: "open queue",
      subject: printableAddress(url).replace(/[?#].*$/s, "?…"),
      reason:
        "its address must be sqs://HOST/ACCOUNT/NAME or http[s]://HOST[:PORT]/ACCOUNT/NAME, and nothing more",
    });
  }
  return { queueUrl, shown: url, region: regionOf(parsed.hostname) };
}

/** The region in a host's name: `sqs.REGION.…`, and the old `REGION.queue.…` and `queue.amazonaws.com`. */
function regionOf(host: string): string | undefined {
  if (host === "queue.amazonaws.com") return "us-east-1";
  const region = "([a-z]{2,}(?:-[a-z]+)+-\\d+)";
  const [, now, before] =
    new RegExp(`(?:^|\\.)sqs(?:-fips)?\\.${region}\\.|^${region}\\.queue\\.`).exec(host) ??
      [];
  return now ?? before;
}

/** Where messages go that are delivered too often; for display only. */
function redrivePolicy(json = "null"): { target: string; maxReceiveCount: string } | undefined {
  const [, target] = /"deadLetterTargetArn"\s*:\s*"(?:[^"]*:)?([^":]+)"/.exec(json) ?? [];
  const [, maxReceiveCount] = /"maxReceiveCount"\s*:\s*"?(\d+)/.exec(json) ?? [];
  return target === undefined || maxReceiveCount === undefined ? undefined : { target, maxReceiveCount };
}
