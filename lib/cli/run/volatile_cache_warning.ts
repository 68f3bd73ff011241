import { sqlitePath } from "../../caches/open_cache.ts";
import { type FileSystemType, volatileFileSystem } from "../../caches/volatile_file_system.ts";

/** What to say of a cache whose file will not be there next time; `undefined` of others. */
export function volatileCacheWarning(cache: string, typeOf?: FileSystemType): string | undefined {
  const path = sqlitePath(cache);
  const fileSystem = path === undefined ? undefined : volatileFileSystem(path, typeOf);
  if (fileSystem === undefined) return undefined;
  return `The cache sqlite:${path} lies on ${fileSystem}, which goes away with this machine or container: ` +
    `what the model has answered would be asked again; put the file on a volume that stays, or use redis://`;
}
