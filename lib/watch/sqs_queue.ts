import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { answerOf, failure } from "../aws/s3_failure.ts";
import { MessageLostError, type ObjectQueue, type QueuedMessage } from "./object_queue.ts";
import { objectsOfMessage } from "./s3_event.ts";
import { SqsRequestHandler } from "../aws/sqs_request_handler.ts";

const maxAttempts = 5;
/** SQS gives no more at once. */
const maxClaimedMessages = 10;
/** How long SQS waits for a message before it answers with none, in seconds; it waits no longer than that. */
const maxWaitSeconds = 20;

export interface SqsQueueOptions {
  /** How long a claimed message is hidden from others: 1 to 43,200 (12 hours), 60 unless told. */
  readonly visibilitySeconds?: number;
  /** How long a claim waits for a message: 0 to 20, 20 unless told. */
  readonly waitSeconds?: number;
  /** The region, where the queue's host does not name it; goes before `AWS_REGION` and the profile's. */
  readonly region?: string;
  /** How long SQS may take to answer before a request is made again; 10 unless told. A claim's wait is added. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check an `https:` address with, as PEM; the system's unless told. */
  readonly ca?: string;
  /** Go before all that the SDK looks for. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * A queue of Amazon SQS that events of S3 are sent to. Credentials come from the AWS SDK's chain, and so does the
 * region, where the queue's host does not name it. Every call is made up to five times. What the queue must allow:
 * `sqs:ReceiveMessage`, `sqs:ChangeMessageVisibility`, `sqs:DeleteMessage` and, to be checked,
 * `sqs:GetQueueAttributes`.
 */
export class SqsQueue implements ObjectQueue {
  readonly url: string;
  readonly visibilitySeconds: number;
  /** Which one requests are signed for. */
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
   * Opens the queue at `sqs://HOST/ACCOUNT/NAME`, which is reached by `https:`, or at the URL that a server gives it,
   * `http[s]://HOST[:PORT]/ACCOUNT/NAME`; without a call to it.
   *
   * @throws {Error} Not such an address; no region is known; an option is out of its range.
   */
  static async open(url: string, options: SqsQueueOptions = {}): Promise<SqsQueue> {
    const address = parseQueueAddress(url);
    const { visibilitySeconds = 60, waitSeconds = maxWaitSeconds } = options;
    if (!(Number.isInteger(visibilitySeconds) && visibilitySeconds >= 1 && visibilitySeconds <= 43_200)) {
      throw new Error(
        `Cannot open ${address.shown}: visibilitySeconds must be whole, from 1 to 43200, is ${visibilitySeconds}`,
      );
    }
    if (!(Number.isInteger(waitSeconds) && waitSeconds >= 0 && waitSeconds <= maxWaitSeconds)) {
      throw new Error(
        `Cannot open ${address.shown}: waitSeconds must be whole, from 0 to ${maxWaitSeconds}, is ${waitSeconds}`,
      );
    }
    const client = new SQSClient({
      endpoint: new URL(address.queueUrl).origin,
      region: address.region ?? options.region,
      credentials: options.credentials,
      maxAttempts,
      requestHandler: new SqsRequestHandler({ ca: options.ca, timeoutMs: timeoutMsOf(options) }),
    });
    try {
      return new SqsQueue(client, address, await client.config.region(), options);
    } catch (cause) {
      client.destroy();
      const { message } = cause as Error;
      const why = message === "Region is missing"
        ? "no region is set; set AWS_REGION, or the region of the AWS profile"
        : message.replace(/\.$/, "");
      throw new Error(`Cannot open ${address.shown}: ${why}`, { cause });
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
      throw failure("read messages of", this.url, error, signal);
    });
    return Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", Attributes }) => ({
      id: MessageId,
      receives: Number(Attributes?.ApproximateReceiveCount ?? 1),
      receipt: ReceiptHandle,
      objects: () => objectsOfMessage(Body, `message ${MessageId} of ${this.url}`),
    }));
  }

  async renew(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    await this.#hide(message, this.visibilitySeconds, signal).catch((error) => {
      throw this.#lost("keep", message, error, signal) ??
        failure(`keep message ${message.id} of`, this.url, error, signal);
    });
  }

  async complete(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    await this.#client.send(
      new DeleteMessageCommand({ QueueUrl: this.#queueUrl, ReceiptHandle: message.receipt }),
      { abortSignal: signal },
    ).catch((error) => {
      throw this.#lost("remove", message, error, signal) ??
        failure(`remove message ${message.id} of`, this.url, error, signal);
    });
  }

  async abandon(message: QueuedMessage, signal: AbortSignal): Promise<void> {
    // What cannot be handed back comes back when its time is over.
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
      throw failure("look at", this.url, error, signal);
    });
    const { ApproximateNumberOfMessages: waiting = 0, ApproximateNumberOfMessagesNotVisible: claimed = 0 } =
      Attributes;
    const policy = redrivePolicy(Attributes.RedrivePolicy);
    return `about ${waiting} messages wait and ${claimed} are claimed, ${
      policy === undefined
        ? "no dead-letter queue: what cannot be understood comes again and again"
        : `what has come ${policy.maxReceiveCount} times goes to ${policy.target}`
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

  /** The error for a claim that is over, if that is what SQS says. Its own text would quote the receipt. */
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
    return new MessageLostError(
      `Cannot ${action} message ${id} of ${this.url}: it is claimed no more, its time was over or it is gone`,
      { cause },
    );
  }
}

function timeoutMsOf({ timeoutSeconds = 10 }: SqsQueueOptions): number {
  return timeoutSeconds * 1000;
}

interface QueueAddress {
  /** As SQS knows it. */
  readonly queueUrl: string;
  /** As it was given. */
  readonly shown: string;
  /** Where the host names it. */
  readonly region?: string;
}

function parseQueueAddress(url: string): QueueAddress {
  const queueUrl = url.replace(/^sqs:/i, "https:");
  const parsed = URL.canParse(queueUrl) ? new URL(queueUrl) : undefined;
  const isAddress = /^https?:\/\/[^/?#@\\\s]+(?:\/[^/?#\\\s]+){2,}$/i.test(queueUrl);
  if (parsed === undefined || !isAddress) {
    // What stands before an @, or after a ?, may be a secret.
    const shown = url.replace(/\/\/[^/]*@/, "//…@").replace(/[?#].*$/s, "?…");
    throw new Error(
      `Cannot open queue ${shown}: its address must be sqs://HOST/ACCOUNT/NAME or ` +
        "http[s]://HOST[:PORT]/ACCOUNT/NAME, and nothing more",
    );
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

/** Where messages go that come too often; nothing depends on it but what people are told. */
function redrivePolicy(json = "null"): { target: string; maxReceiveCount: string } | undefined {
  const [, target] = /"deadLetterTargetArn"\s*:\s*"(?:[^"]*:)?([^":]+)"/.exec(json) ?? [];
  const [, maxReceiveCount] = /"maxReceiveCount"\s*:\s*"?(\d+)/.exec(json) ?? [];
  return target === undefined || maxReceiveCount === undefined ? undefined : { target, maxReceiveCount };
}
