import { size } from "../text/format.ts";
import { clusterForQueue } from "./redis_advice.ts";

/** A server can be reached, and is of a kind that cannot be used at such an address. */
export class WrongServerError extends Error {
  override readonly name = "WrongServerError";
}

/**
 * Refuses a server that its address does not fit.
 *
 * @param mode As the server says; `undefined` if it does not say.
 * @param address Host and port, for the advice.
 * @throws {WrongServerError}
 */
export function refuseWrongServer(mode: string | undefined, address: string, isQueue = false): void {
  if (mode === "cluster") {
    throw new WrongServerError(
      isQueue ? clusterForQueue : `it is a server of a Redis Cluster: name it redis+cluster://${address}`,
    );
  }
  if (mode === "sentinel") {
    throw new WrongServerError(
      "it is a Redis Sentinel, which holds no data: name the server that it watches " +
        "(SENTINEL GET-MASTER-ADDR-BY-NAME says which)",
    );
  }
}

/**
 * What a server's INFO says of its memory, if that is full and nothing is evicted, so that it takes no writes.
 *
 * @param info Its section `memory`.
 */
export function fullMemoryOf(info: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const used = Number(field("used_memory")), max = Number(field("maxmemory"));
  if (!(max > 0) || !(used >= max) || field("maxmemory_policy") !== "noeviction") return undefined;
  return `its memory is full, ${size(used)} of ${size(max)}, and it evicts nothing: raise its maxmemory`;
}

/**
 * What a server's INFO says of its master, if it is a replica that takes no writes: `HOST:PORT`.
 *
 * @param info Its section `replication`.
 */
export function masterOf(info: string): string | undefined {
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  if (field("role") !== "slave" || field("slave_read_only") === "0") return undefined;
  return `${field("master_host")}:${field("master_port")}`;
}
