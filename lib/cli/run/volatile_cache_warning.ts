import { cacheAddress } from "../../caches/cache_address.ts";
import { type FileSystemType, volatileFileSystem } from "../../caches/volatile_file_system.ts";

/** The warning about a cache whose file is on ephemeral storage; `undefined` for others. */
export function volatileCacheWarning(cache: string, typeOf?: FileSystemType): string | undefined {
  const path = cacheAddress(cache)?.path;
  const fileSystem = path === undefined ? undefined : volatileFileSystem(path, typeOf);
  if (fileSystem === undefined) return undefined;
  return `The cache sqlite:${path} is on ${fileSystem}, ephemeral storage of this machine or container: ` +
    "without it, the model is asked everything again; put the file on a persistent volume, or use redis://";
}
