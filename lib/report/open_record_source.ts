import type { Selection } from "../jobs/plan.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { delimiterOf } from "../records/record_format.ts";
import { openStore } from "../stores/open_store.ts";
import { ObjectRecords } from "./object_records.ts";
import type { RecordSource } from "./record_source.ts";

export interface OpenRecordSourceOptions extends Selection {
  /** Certificate authorities to check an S3 endpoint with, a PEM file. */
  readonly s3Ca?: string;
  /** How long S3 may be silent before a request is made again, in seconds. */
  readonly s3Timeout: number;
  /** How long a connection may be silent before it counts as broken, in seconds. */
  readonly idleTimeout: number;
  readonly maxLineBytes: number;
  readonly maxExpansion: number;
  readonly csvDelimiter: keyof typeof delimiterOf;
  /** Of a database, where the records are. */
  readonly table: string;
  /** Certificate authorities to check a database with, a PEM file. */
  readonly postgresCa?: string;
  /** How long a database may take to connect, in seconds. */
  readonly postgresTimeout: number;
}

/**
 * Opens the source of records at an address. One kind of address, one line here.
 *
 * @throws {Error} As {@linkcode openStore}; or a database's address is none.
 */
export async function openRecordSource(
  from: string,
  options: OpenRecordSourceOptions,
): Promise<RecordSource> {
  if (/^postgres(?:ql)?:/i.test(from)) {
    const { PostgresRecords } = await import("./postgres_records.ts");
    const { postgresCa, postgresTimeout, table } = options;
    return new PostgresRecords(from, {
      table,
      ca: postgresCa === undefined ? undefined : await readAuthorities(postgresCa),
      timeoutSeconds: postgresTimeout,
    });
  }
  const { idleTimeout: idleSeconds, s3Ca: ca, s3Timeout: timeoutSeconds } = options;
  const store = await openStore(from, { role: "source", ca, timeoutSeconds });
  return new ObjectRecords({ ...options, store, idleSeconds, delimiter: delimiterOf[options.csvDelimiter] });
}
