import { createClient } from "redis";
import type { RedisAddress } from "./redis_address.ts";

/**
 * Commands waiting for their replies in one connection. A window is one command, or one for each of its keys where
 * strings expire or lie on a Cluster; so many are those of a hundred windows.
 */
const maxQueuedCommands = 100_000;

export type RedisClient = ReturnType<typeof redisClient>;

/** A client of one connection, which ends when that is lost; not connected yet. */
export function redisClient(address: RedisAddress, connectTimeout: number, ca: string | undefined) {
  const { host, port, username, password, database } = address;
  // `false` makes a lost connection the end of the client.
  const socket = { host, port, connectTimeout, reconnectStrategy: false } as const;
  return createClient({
    name: "sluice",
    username,
    password,
    database,
    socket: address.isTls ? { ...socket, tls: true, ca } : socket,
    disableOfflineQueue: true,
    commandsQueueMaxLength: maxQueuedCommands,
    commandOptions: { timeout: undefined }, // a timer for each command that would outlive it; ours covers more
    maintNotifications: "disabled", // Redis Enterprise's; every other server answers with an error
  });
}
