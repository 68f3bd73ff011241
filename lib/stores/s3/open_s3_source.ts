import { SluiceError } from "../../errors/sluice_error.ts";
import { parseObjectUrl } from "../object_url.ts";
import { isObjectName, type Store } from "../store.ts";
import { S3Store, type S3StoreOptions } from "./s3.ts";

/** How long it may take to find out whether an address is that of one object, in milliseconds. */
const lookTimeoutMs = 5_000;

/**
 * Opens what is read: the objects under a prefix or, if the address does not end in `/` and is an object's, that object.
 * Where that cannot be found out, it is a prefix, whose listing says what is wrong.
 *
 * @throws {SluiceError} The address is both an object's and a prefix that others have.
 */
export async function openS3Source(url: string, options: S3StoreOptions): Promise<Store> {
  const target = parseObjectUrl(url);
  const store = await S3Store.open(url, options);
  const key = target.kind === "s3" ? target.key : undefined;
  if (target.kind !== "s3" || key === undefined) return store;
  const folder = key.slice(0, key.lastIndexOf("/") + 1), only = key.slice(folder.length);
  if (!isObjectName(only)) return store;
  const single = await S3Store.open(`s3://${target.bucket}/${folder}`, { ...options, only });
  const signal = AbortSignal.timeout(lookTimeoutMs);
  const object = await single.head(only, signal).catch(() => undefined);
  const isPrefix = object === undefined || await hasObjects(store, signal).catch(() => true);
  if (!isPrefix) {
    await store.close();
    return single;
  }
  await single.close();
  // An object without content is what consoles create as a folder.
  if (object === undefined || object.bytes === 0) return store;
  await store.close();
  throw new SluiceError({
    kind: "input",
    action: "read",
    subject: url,
    reason: "it is an object, and a prefix of others: end it with / to read those",
  });
}

async function hasObjects(store: Store, signal: AbortSignal): Promise<boolean> {
  for await (const page of store.list(signal)) if (page.length > 0) return true;
  return false;
}
