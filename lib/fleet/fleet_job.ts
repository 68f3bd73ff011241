import * as v from "valibot";

/** What a job of the fleet is about: one object, and where its output goes. Holds no secret. */
export interface FleetJob {
  /** The source's URL, as {@linkcode Store.url} has it. */
  readonly source: string;
  /** The destination's. */
  readonly destination: string;
  /** The object's name in the source. */
  readonly name: string;
  /** Without quotes. */
  readonly etag: string;
  /** Size as stored. */
  readonly bytes: number;
}

const schema = v.object({
  source: v.string(),
  destination: v.string(),
  name: v.pipe(v.string(), v.nonEmpty()),
  etag: v.string(),
  bytes: v.number(),
});

/**
 * A job as a queue kept it.
 *
 * @param what Has this, for the error: `job 1 of redis://…`.
 * @throws {Error} It is something else.
 */
export function parseFleetJob(data: unknown, what: string): FleetJob {
  const { success, output, issues } = v.safeParse(schema, data);
  if (success) return output;
  throw new Error(`Cannot understand ${what}: ${v.getDotPath(issues[0]) ?? "it"}: ${issues[0].message}`);
}

/** A job's name to the queue: the same for the same object, as long as that is not changed. */
export async function fleetJobId({ name, etag }: Pick<FleetJob, "name" | "etag">): Promise<string> {
  const bytes = new TextEncoder().encode(`${name}\n${etag}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.subarray(0, 16).toHex();
}
