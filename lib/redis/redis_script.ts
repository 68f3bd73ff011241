import type { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { RedisClient } from "./redis_client.ts";

/** A Lua script that the server runs. Its text is sent only if the server does not have it. */
export class RedisScript {
  readonly sha1: string;
  readonly #source: string;

  /** @param parts Lua that is put together in this order. */
  constructor(...parts: readonly string[]) {
    this.#source = parts.join("\n");
    this.sha1 = hash("sha1", this.#source);
  }

  /**
   * @param advice What to do if the server does not accept scripts.
   * @throws The server's reply.
   */
  async run(
    client: Pick<RedisClient, "evalSha" | "eval">,
    keys: string[],
    args: (string | Buffer)[],
    advice = "buckets need EVALSHA and EVAL; --cache-layout strings does without",
  ): Promise<unknown> {
    const options = { keys, arguments: args };
    try {
      try {
        return await client.evalSha(this.sha1, options);
      } catch (error) {
        if (!/^NOSCRIPT\b/.test((error as Error).message)) throw error;
        return await client.eval(this.#source, options);
      }
    } catch (cause) {
      const { message } = cause as Error; // the server's text: it has no code for this
      if (!/\beval(sha)?\b/i.test(message) || !/^NOPERM|unknown command/i.test(message)) throw cause;
      throw new Error(`${message} (${advice})`, {
        cause,
      });
    }
  }
}
