import { statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Linux's numbers of file systems whose files live no longer than the machine or the container. */
const names: Readonly<Record<number, string>> = {
  0x01021994: "tmpfs",
  0x858458f6: "ramfs",
  0x794c7630: "overlay",
};

/** Gives the number of the file system that a path lies on. */
export type FileSystemType = (path: string) => number;

/**
 * The file system that a file lies on, or would if it were created, where that goes away with the machine or the
 * container: `tmpfs`, `ramfs` or `overlay`. `undefined` for others, and where it cannot be found out.
 */
export function volatileFileSystem(path: string, typeOf: FileSystemType = statfsType): string | undefined {
  for (let at = resolve(path);; at = dirname(at)) {
    try {
      return names[typeOf(at) >>> 0];
    } catch (error) {
      // Nothing there yet: look at the folder above.
      if ((error as { code?: unknown }).code !== "ENOENT" || dirname(at) === at) return undefined;
    }
  }
}

function statfsType(path: string): number {
  return statfsSync(path).type;
}
