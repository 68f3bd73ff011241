import { createClient } from "redis";
import type { Cache } from "../../lib/caches/cache.ts";

/** Yardstick: each answer a string in Redis under the key itself; MGET and MSET by the client, and nothing around it. */
export class PlainStrings implements Pick<Cache, "get" | "set" | "close"> {
  readonly #client: ReturnType<typeof createClient>;

  private constructor(client: ReturnType<typeof createClient>) {
    this.#client = client;
  }

  static async open(url: string): Promise<PlainStrings> {
    const client = createClient({ url });
    await client.connect();
    return new PlainStrings(client as ReturnType<typeof createClient>);
  }

  async get(keys: readonly string[]): Promise<(number | undefined)[]> {
    return (await this.#client.mGet([...keys])).map((value) => value === null ? undefined : Number(value));
  }

  async set(
    entries: readonly (readonly [key: string, answer: number])[],
  ): Promise<void> {
    await this.#client.mSet(
      entries.map(([key, answer]): [string, string] => [key, String(answer)]),
    );
  }

  /** Bytes that the server has allocated. */
  async usedMemory(): Promise<number> {
    return Number(
      /^used_memory:(\d+)/m.exec(await this.#client.info("memory"))?.[1],
    );
  }

  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#client.destroy();
  }
}
