import { zstd } from "../sources/zstd.ts";
import { parseObjectUrl } from "../stores/object_url.ts";
import { openStore, type OpenStoreOptions } from "../stores/open_store.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { ObjectSink, type ObjectSinkOptions } from "./object_sink.ts";
import type { Sink } from "./sink.ts";

export interface OpenSinkOptions extends Omit<ObjectSinkOptions, "zstd">, Omit<OpenStoreOptions, "role"> {
  /** How a database is written to. */
  readonly postgres?: {
    readonly table?: string;
    readonly key?: readonly string[];
    readonly timeoutSeconds?: number;
    readonly connections?: number;
    /** Certificate authorities to check the server with, a PEM file. */
    readonly ca?: string;
  };
}

/**
 * Opens the sink at `s3://bucket/prefix/`, a `file:` URL or a path, or at `postgres://…`, whose client is loaded only then.
 *
 * @throws {SluiceError} As {@linkcode openStore}; or the address of a database is not one.
 */
export async function openSink(url: string, options: OpenSinkOptions): Promise<Sink> {
  if (parseObjectUrl(url).kind !== "postgres") {
    return new ObjectSink(await openStore(url, { ...options, role: "destination" }), { ...options, zstd });
  }
  const { PostgresSink } = await import("./postgres/postgres_sink.ts");
  const { ca, ...table } = options.postgres ?? {};
  return new PostgresSink(url, {
    ...table,
    ca: ca === undefined ? undefined : await readAuthorities(ca),
    onTrouble: options.onTrouble,
  });
}
