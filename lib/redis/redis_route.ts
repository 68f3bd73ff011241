import { SluiceError, type SluiceErrorOptions } from "../errors/sluice_error.ts";
import type { RedisClient } from "./redis_client.ts";

/** Runs a command on one server. */
export type RunOnRedis = <T>(command: (client: RedisClient) => Promise<T>) => Promise<T>;

/** Where commands go: to a single server, or to those of a Cluster. */
export interface RedisRoute {
  /** Runs a command on the server that holds a key, and with it all keys of its slot. */
  to<T>(key: string, command: (client: RedisClient) => Promise<T>): Promise<T>;
  /** Each server that holds keys. */
  servers(): Promise<readonly RunOnRedis[]>;
}

/** A Redis, of one server or of several. Connects with the first command. */
export interface RedisServers {
  /** The address, without user and password. */
  readonly url: string;
  /** Whether no command may touch keys of more than one slot. */
  readonly isCluster: boolean;
  /**
   * Does some work. If its connection is lost, does it again, at most `retries` times.
   *
   * @param action What is done, for the error: `read from`.
   * @throws {SluiceError} With the action and the URL.
   * @throws {PartialRedisError} Some servers of a Cluster have failed, others have not.
   * @throws The signal's reason.
   */
  run<T>(
    action: string,
    retries: number,
    signal: AbortSignal,
    work: (route: RedisRoute) => Promise<T>,
  ): Promise<T>;
  /** Ends all connections; commands in flight reject. */
  close(): Promise<void>;
}

/** Some servers of a Cluster did their part and others did not. */
export class PartialRedisError<T> extends SluiceError {
  override readonly name = "PartialRedisError";
  /** What those that work did. */
  readonly done: T;

  constructor(options: SluiceErrorOptions, done: T) {
    super(options);
    this.done = done;
  }
}
