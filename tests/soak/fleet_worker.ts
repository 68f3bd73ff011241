/**
 * One worker of the fleet's proof: claims jobs from the queue at `args[0]`, four at once, works on each for a moment, and
 * writes a line for each that it has worked on and one for each that it has completed. Ends by itself after SIGTERM.
 */
import { BullQueue, type QueueMessage } from "../../lib/queue/bull_queue.ts";
import { Lease } from "../../lib/watch/lease.ts";

const [url = "", seconds = "10"] = Deno.args;
const queue = new BullQueue(url, { visibilitySeconds: Number(seconds), timeoutSeconds: 5, waitSeconds: 2 });
const stop = new AbortController();
const { signal: never } = new AbortController();
const end = () => stop.abort();
Deno.addSignalListener("SIGTERM", end);
const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** How long a job takes, in milliseconds: now and then longer than a claim lasts. */
const workMs = (n: number) => n % 97 === 0 ? Number(seconds) * 1_500 : 5 + n % 50;

async function work(message: QueueMessage): Promise<void> {
  const lease = new Lease(queue, message, { onTrouble: (text) => say(`trouble ${text}`) });
  const { name } = message.job();
  await pause(workMs(Number(/(\d+)\.jsonl$/.exec(name)?.[1])));
  say(`worked ${name}`);
  try {
    if (await lease.complete(never)) say(`completed ${name}`);
    else say(`lost ${name}`);
  } catch (error) {
    say(`trouble ${(error as Error).message}`);
  }
}

const running = new Set<Promise<void>>();
for (let failures = 0; !stop.signal.aborted;) {
  try {
    const messages = await queue.claim(1, stop.signal);
    failures = 0;
    for (const message of messages) {
      const working: Promise<void> = work(message).finally(() => running.delete(working));
      running.add(working);
      if (running.size >= 4) await Promise.race(running);
    }
  } catch (error) {
    if (stop.signal.aborted) break;
    say(`trouble ${(error as Error).message}`);
    await pause(Math.min(2_000, 100 * 2 ** failures++));
  }
}
await Promise.all(running);
await queue.close();
Deno.removeSignalListener("SIGTERM", end);
say("ended");
