import { createClient } from "redis";
import type { RedisAddress } from "./redis_address.ts";

/**
 * Commands that wait for replies on one connection, at most: those of a hundred windows. A window is one command, or one
 * for each of its keys if strings expire or are on a Cluster.
 */
const maxQueuedCommands = 100_000;

export type RedisClient = ReturnType<typeof redisClient>;

/** A client of one connection, which ends when that is lost; not connected yet. */
export function redisClient(address: RedisAddress, connectTimeout: number, ca: string | undefined) {
  const { username, password, database } = address;
  return createClient({
    name: "sluice",
    username,
    password,
    database,
    socket: redisSocket(address, connectTimeout, ca),
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxQueuedCommands,
    commandOptions: { timeout: undefined }, // it starts a timer for each command that outlives it; ours covers more
    maintNotifications: "disabled", // for Redis Enterprise only; other servers reply with an error
  });
}

/** How a client of node-redis connects, once: `false` makes a lost connection its end. */
export function redisSocket(
  { host, isTls, path, port }: RedisAddress,
  connectTimeout: number,
  ca: string | undefined,
) {
  const socket = { connectTimeout, reconnectStrategy: false } as const;
  if (path !== undefined) return { ...socket, path, tls: false as const };
  return isTls ? { ...socket, host, port, tls: true as const, ca } : { ...socket, host, port };
}
