import { openStore, type OpenStoreOptions } from "../stores/open_store.ts";
import type { S3Access } from "../stores/store_settings.ts";
import { ObjectSource, type ObjectSourceOptions } from "./object_source.ts";
import type { Source } from "./source.ts";

export type OpenSourceOptions =
  & ObjectSourceOptions
  & S3Access
  & Pick<OpenStoreOptions, "onTrouble" | "skipArchived">;

/**
 * Opens the source at `s3://bucket/prefix/`, a `file:` URL or a path.
 *
 * @throws {SluiceError} As {@linkcode openStore}.
 */
export async function openSource(url: string, options: OpenSourceOptions): Promise<Source> {
  return new ObjectSource(await openStore(url, { ...options, role: "source" }), options);
}
