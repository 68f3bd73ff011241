import type { Selection } from "../plan.ts";
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
}

/**
 * Opens the source of records at an address. One kind of address, one line here.
 *
 * @throws {Error} As {@linkcode openStore}.
 */
export async function openRecordSource(
  from: string,
  options: OpenRecordSourceOptions,
): Promise<RecordSource> {
  const { idleTimeout: idleSeconds, s3Ca: ca, s3Timeout: timeoutSeconds } = options;
  const store = await openStore(from, { role: "source", ca, timeoutSeconds });
  return new ObjectRecords({ ...options, store, idleSeconds });
}
