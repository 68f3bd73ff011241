import type { RedisClient } from "./redis_client.ts";

/** Does something on one server; rejects as a cache's methods do. */
export type RunOnRedis = <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;

/** Where commands go: to the one server there is, or to those of a Cluster. */
export interface RedisRoute {
  /** To the server that holds a key, and with it all keys of its slot. */
  to<T>(key: string, command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Each server that holds keys. */
  servers(): Promise<readonly RunOnRedis[]>;
}

/** A Redis, of one server or of several. Connects with the first command. */
export interface RedisServers {
  /** The address, without user and password. */
  readonly url: string;
  /** No command may touch keys of more than one slot. */
  readonly isCluster: boolean;
  /**
   * Does something; where its connection is lost, as many times more as `retries` says.
   *
   * @param action What is done, for the error: `read from`.
   * @throws {Error} `Cannot <action> <url>: <cause>`; the signal's reason.
   */
  run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    work: (route: RedisRoute) => Promise<T>,
  ): Promise<T>;
  /** Ends all connections; what is under way on them rejects. */
  close(): Promise<void>;
}

/** Some servers of a Cluster did their part and others did not. */
export class PartialRedisError<T> extends Error {
  override readonly name = "PartialRedisError";
  /** What the others did. */
  readonly done: T;

  constructor(message: string, done: T, options?: ErrorOptions) {
    super(message, options);
    this.done = done;
  }
}
