import { SluiceError } from "../errors/sluice_error.ts";
import { fullMemoryOf, masterOf, refuseWrongServer } from "../redis/server_mode.ts";
import { count, plural } from "../text/format.ts";
import type { BullLink } from "./bull_link.ts";

/** What is needed of a client. */
interface Server {
  info(section?: string): Promise<string>;
}

/** What a Redis reports about itself that matters to a queue. */
export interface QueueServer {
  readonly version: string;
  /** `noeviction` if it evicts nothing; `undefined` if it does not report its policy. */
  readonly policy: string | undefined;
  /** Why it takes no jobs, if its memory is full. */
  readonly fullMemory: string | undefined;
  readonly keepsEveryWrite: boolean | undefined;
  /** Of a replica that takes no writes: its master, `HOST:PORT`. */
  readonly master: string | undefined;
  /** `standalone`, `cluster`, `sentinel`; `undefined` if it does not say. */
  readonly mode: string | undefined;
}

/** The oldest version that the queue works with. */
const minVersion = [6, 2] as const;

/** Reads what the server of a queue reports. */
export async function queueServer(client: Server): Promise<QueueServer> {
  const info = await client.info();
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const aof = field("aof_enabled");
  return {
    version: field("valkey_version") ?? field("redis_version") ?? "of unknown version",
    policy: field("maxmemory_policy"),
    fullMemory: fullMemoryOf(info),
    keepsEveryWrite: aof === undefined ? undefined : aof === "1",
    master: masterOf(info),
    mode: field("redis_mode") ?? field("server_mode"),
  };
}

/**
 * Makes sure that a queue can be kept there.
 *
 * @throws {SluiceError} `queue`: the server may evict jobs when its memory is full, or is too old. `settings`: it is one
 * of a Cluster's, or a Sentinel.
 */
export async function verifyQueueServer(client: Server, url: string): Promise<void> {
  const { master, mode, policy, version } = await queueServer(client);
  const using = { kind: "queue", action: "use queue", subject: url } as const;
  try {
    refuseWrongServer(mode, "", true);
  } catch (error) {
    throw SluiceError.from(error, { ...using, kind: "settings" });
  }
  if (master !== undefined) {
    throw new SluiceError({
      ...using,
      reason: `it is a replica, which takes no jobs: name its master, ${master}`,
    });
  }
  const [major = NaN, minor = NaN] = version.split(".").map(Number);
  if (major < minVersion[0] || (major === minVersion[0] && minor < minVersion[1])) {
    throw new SluiceError({
      ...using,
      reason: `Redis ${version} is too old; it must be ${minVersion.join(".")} or later`,
    });
  }
  if (policy !== undefined && policy !== "noeviction") {
    throw new SluiceError({
      ...using,
      reason:
        `its Redis may evict jobs when its memory is full: maxmemory-policy must be noeviction, is ${policy}; ` +
        "a cache that evicts needs a Redis of its own",
    });
  }
}

/** The state of a queue and its server, as a line of text. */
export async function queueText({ client, queue }: BullLink): Promise<string> {
  const { version, policy, keepsEveryWrite, fullMemory } = await queueServer(client);
  if (fullMemory !== undefined) throw new Error(fullMemory);
  const { wait = 0, delayed = 0, active = 0, failed = 0 } = await queue.getJobCounts(
    ...["wait", "delayed", "active", "failed"] as const,
  );
  const advice = keepsEveryWrite === false
    ? "; appendonly is off: if Redis is killed, jobs are lost and must be enqueued again; set appendonly yes"
    : "";
  return `Redis ${version}, maxmemory-policy ${policy ?? "unknown"}: ${
    plural(wait + delayed, "job")
  } waiting, ` +
    `${count(active)} claimed, ${count(failed)} failed${advice}`;
}
