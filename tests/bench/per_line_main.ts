/**
 * Yardstick: the program that one writes first. Per-line transforms, `JSON.parse` and `JSON.stringify`, a map of what
 * is known, a Redis GET for what is not, and the word-list model for what Redis does not know either.
 * Arguments: FROM-PREFIX TO-PREFIX REDIS-URL. Prints `{lines}`.
 */
import { TextLineStream } from "@std/streams/text_line_stream.js";
import { createClient } from "redis";
import { classify } from "../../lib/seniority/reference.ts";
import { YardstickS3 } from "./yardstick_s3.ts";

interface Posting {
  readonly company: string;
  readonly title: string;
  seniority?: number;
}

const [from, to, redisUrl] = Deno.args as [string, string, string];
const s3 = new YardstickS3();
const redis = await createClient({ url: redisUrl }).connect();
const known = new Map<string, number>();
let lines = 0;

async function seniority({ company, title }: Posting): Promise<number> {
  const key = JSON.stringify([company, title]);
  let level = known.get(key);
  if (level === undefined) {
    const stored = await redis.get(`seniority:${key}`);
    level = stored === null ? classify(company, title) : Number(stored);
    if (stored === null) await redis.set(`seniority:${key}`, level);
    known.set(key, level);
  }
  return level;
}

for (const key of await s3.keys("raw", from)) {
  await (await s3.read("raw", key) as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream())
    .pipeThrough(
      new TransformStream<string, Posting>({
        transform: (line, controller) => controller.enqueue(JSON.parse(line)),
      }),
    )
    .pipeThrough(
      new TransformStream<Posting, Posting>({
        async transform(posting, controller) {
          posting.seniority = await seniority(posting);
          controller.enqueue(posting);
        },
      }),
    )
    .pipeThrough(
      new TransformStream<Posting, string>({
        transform(posting, controller) {
          lines++;
          controller.enqueue(JSON.stringify(posting) + "\n");
        },
      }),
    )
    .pipeThrough(new TextEncoderStream())
    .pipeTo(s3.writable("mod", key.replace(from, to)));
}
console.log(JSON.stringify({ lines }));
Deno.exit(0);
