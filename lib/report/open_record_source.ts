import type { Selection } from "../jobs/plan.ts";
import { readAuthorities } from "../tls/read_pem.ts";
import { zstd } from "../sources/zstd.ts";
import { type CsvHeaderMatch, delimiterOf } from "../records/record_format.ts";
import { openStore } from "../stores/open_store.ts";
import type { S3Access } from "../stores/store_settings.ts";
import { ObjectRecords } from "./object_records.ts";
import type { RecordSource } from "./record_source.ts";

export interface OpenRecordSourceOptions extends Selection {
  readonly s3: S3Access;
  /** How long a connection may be silent before it counts as broken, in seconds. */
  readonly idleTimeoutSeconds: number;
  readonly records: {
    readonly maxLineBytes: number;
    readonly maxExpansion: number;
    readonly csvDelimiter: keyof typeof delimiterOf;
    readonly csvHeader: CsvHeaderMatch;
  };
  /** Of a database that holds the records. */
  readonly postgres: {
    readonly table: string;
    /** Certificate authorities to verify the server with, a PEM file. */
    readonly ca?: string;
    /** How long the server may take to connect. */
    readonly timeoutSeconds: number;
  };
}

/**
 * Opens the source of records at an address. One kind of address, one line here.
 *
 * @throws {Error} As {@linkcode openStore}; or a database's address is invalid.
 */
export async function openRecordSource(
  from: string,
  options: OpenRecordSourceOptions,
): Promise<RecordSource> {
  if (/^postgres(?:ql)?:/i.test(from)) {
    const { PostgresRecords } = await import("./postgres_records.ts");
    const { ca, table, timeoutSeconds } = options.postgres;
    return new PostgresRecords(from, {
      table,
      ca: ca === undefined ? undefined : await readAuthorities(ca),
      timeoutSeconds,
    });
  }
  const { idleTimeoutSeconds: idleSeconds, records, s3, ...selection } = options;
  const store = await openStore(from, { ...s3, role: "source", skipArchived: options.skipArchived });
  const delimiter = delimiterOf[records.csvDelimiter];
  return new ObjectRecords({ ...selection, ...records, zstd, store, idleSeconds, delimiter });
}
