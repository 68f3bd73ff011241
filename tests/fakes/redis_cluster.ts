import { createClient } from "redis";
import { freePort } from "./free_port.ts";
import { RedisServer } from "./redis_server.ts";

/** How soon the servers take one of their own for dead, in milliseconds. */
const nodeTimeoutMs = 1_000;
const slots = 16_384;

type Client = Awaited<ReturnType<typeof connect>>;

interface Member {
  readonly server: RedisServer;
  readonly busPort: number;
  readonly client: Client;
  readonly id: string;
}

export interface RedisClusterOptions {
  /** Servers that hold slots. Defaults to 3. */
  readonly masters?: number;
  /** Gives each of them one that takes its slots over. */
  readonly replicas?: boolean;
}

/** A real Redis Cluster, run for one test, that keeps serving the slots that it can. */
export class RedisClusterServers implements AsyncDisposable {
  /** In the order of their slots, each with an equal share. */
  readonly masters: readonly Member[];
  readonly #replicas: readonly Member[];

  /** Resolves when all slots are served; to the reason if it cannot be run here. */
  static async start(
    { masters = 3, replicas = false }: RedisClusterOptions = {},
  ): Promise<RedisClusterServers | string> {
    const members: Member[] = [];
    for (let i = 0; i < masters * (replicas ? 2 : 1); i++) {
      const member = await startMember();
      if (typeof member === "string") return member;
      members.push(member);
    }
    const cluster = new RedisClusterServers(members.slice(0, masters), members.slice(masters));
    try {
      await cluster.#join();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(masters: readonly Member[], replicas: readonly Member[]) {
    this.masters = masters;
    this.#replicas = replicas;
  }

  /** The address of the Cluster, naming the first two servers. */
  get url(): string {
    const hosts = this.masters.slice(0, 2).map(({ server }) => `127.0.0.1:${server.port}`);
    return `redis+cluster://${hosts.join(",")}`;
  }

  /** Kills the server that holds a share of the slots, and does not wait. */
  async kill(master: number): Promise<void> {
    const { client, server } = this.masters[master]!;
    client.destroy();
    await server.kill();
  }

  /** Says that a slot is to move; its keys are still where they were. */
  async beginToMove(slot: number, from: number, to: number): Promise<void> {
    const [source, target] = [this.masters[from]!, this.masters[to]!];
    await target.client.sendCommand(["CLUSTER", "SETSLOT", `${slot}`, "IMPORTING", source.id]);
    await source.client.sendCommand(["CLUSTER", "SETSLOT", `${slot}`, "MIGRATING", target.id]);
  }

  /** Moves some of a slot's keys; resolves to how many were left to move. */
  async moveKeys(slot: number, from: number, to: number, count: number): Promise<number> {
    const { client } = this.masters[from]!;
    const { port } = this.masters[to]!.server;
    const keys = await client.sendCommand(["CLUSTER", "GETKEYSINSLOT", `${slot}`, `${count}`]) as string[];
    if (keys.length > 0) {
      await client.sendCommand([
        "MIGRATE",
        "127.0.0.1",
        `${port}`,
        "",
        "0",
        "5000",
        "REPLACE",
        "KEYS",
        ...keys,
      ]);
    }
    return Number(await client.sendCommand(["CLUSTER", "COUNTKEYSINSLOT", `${slot}`]));
  }

  /** Says that a slot has moved. */
  async endMove(slot: number, to: number): Promise<void> {
    const { id } = this.masters[to]!;
    for (const { client } of [this.masters[to]!, ...this.masters]) {
      await client.sendCommand(["CLUSTER", "SETSLOT", `${slot}`, "NODE", id]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const members = [...this.masters, ...this.#replicas];
    for (const { client } of members) if (client.isOpen) client.destroy();
    await Promise.all(members.map(({ server }) => server[Symbol.asyncDispose]()));
  }

  async #join(): Promise<void> {
    const members = [...this.masters, ...this.#replicas];
    const share = slots / this.masters.length;
    for (const [i, { client }] of members.entries()) {
      await client.sendCommand(["CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`]);
      if (i >= this.masters.length) continue;
      const [from, to] = [Math.ceil(i * share), Math.ceil((i + 1) * share) - 1];
      await client.sendCommand(["CLUSTER", "ADDSLOTSRANGE", `${from}`, `${to}`]);
    }
    const [first] = members;
    for (const { busPort, client, server } of members.slice(1)) {
      await first!.client.sendCommand(["CLUSTER", "MEET", "127.0.0.1", `${server.port}`, `${busPort}`]);
      await until(async () => /cluster_known_nodes:([2-9])/.test(await info(client)));
    }
    await until(async () =>
      (await Promise.all(members.map(({ client }) => info(client))))
        .every((said) => new RegExp(`cluster_known_nodes:${members.length}\\b`).test(said))
    );
    for (const [i, { client }] of this.#replicas.entries()) {
      await client.sendCommand(["CLUSTER", "REPLICATE", this.masters[i]!.id]);
    }
    await until(async () =>
      (await Promise.all(members.map(({ client }) => info(client))))
        .every((said) => /cluster_state:ok/.test(said) && /cluster_slots_ok:16384/.test(said))
    );
    for (const { client } of this.#replicas) {
      await until(async () => /master_link_status:up/.test(await client.info("replication")));
    }
  }
}

async function startMember(): Promise<Member | string> {
  const busPort = freePort();
  const server = await RedisServer.start(
    ...["--cluster-enabled", "yes", "--cluster-port", `${busPort}`],
    ...["--cluster-node-timeout", `${nodeTimeoutMs}`, "--cluster-require-full-coverage", "no"],
    ...["--repl-diskless-sync-delay", "0"],
  );
  if (typeof server === "string") return server;
  const client = await connect(server.url);
  return { server, busPort, client, id: String(await client.sendCommand(["CLUSTER", "MYID"])) };
}

async function connect(url: string) {
  const client = createClient({ url, socket: { reconnectStrategy: false }, maintNotifications: "disabled" });
  client.on("error", () => {}); // it was killed
  return await client.connect();
}

async function info(client: Client): Promise<string> {
  return String(await client.sendCommand(["CLUSTER", "INFO"]));
}

/** Servers of a Cluster gossip a few times per second, among themselves only. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const started = performance.now();
  while (!await holds()) {
    if (performance.now() - started > 30_000) {
      throw new Error("Cannot make a Cluster: its servers do not agree");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
