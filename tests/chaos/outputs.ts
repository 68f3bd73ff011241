import { join } from "node:path";
import { DirectoryStore } from "../../lib/stores/directory/directory.ts";
import type { FakeS3 } from "../fakes/s3.ts";

/** A destination, as the oracle looks at it: past the program. */
export interface Outputs {
  /** For `--to`. */
  readonly url: string;
  /** All names, rejects included. */
  names(): Promise<string[]>;
  /** `undefined` where there is no such object. */
  bytes(name: string): Promise<Uint8Array | undefined>;
  /** What the output's mark says of its rejects. */
  rejects(name: string): Promise<number | undefined>;
  /** What was begun and not finished. */
  unfinished(): Promise<string[]>;
}

/** Outputs under `s3://mod/out/` of the fake. */
export function s3Outputs(s3: FakeS3): Outputs {
  const prefix = "out/";
  return {
    url: `s3://mod/${prefix}`,
    // Keys elsewhere in the bucket should not be there; they keep their whole name.
    names: () =>
      Promise.resolve(s3.keys("mod").map((key) => key.startsWith(prefix) ? key.slice(4) : `/${key}`)),
    bytes: (name) =>
      s3.object("mod", prefix + name) === undefined
        ? Promise.resolve(undefined)
        : s3.bytes("mod", prefix + name),
    rejects(name) {
      const marked = s3.object("mod", prefix + name)?.headers["x-amz-meta-sluice-rejects"];
      return Promise.resolve(marked === undefined ? undefined : Number(marked));
    },
    unfinished: () => Promise.resolve(s3.unfinishedUploads().map((upload) => JSON.stringify(upload))),
  };
}

/** Outputs in a folder. */
export function folderOutputs(folder: string): Outputs {
  const { signal } = new AbortController();
  async function* walk(under: string): AsyncGenerator<string> {
    for await (const { name, isDirectory } of Deno.readDir(join(folder, under))) {
      if (isDirectory) yield* walk(`${under}${name}/`);
      else if (!name.startsWith(".sluice-manifest")) yield under + name;
    }
  }
  const exists = () => Deno.stat(folder).then(() => true, () => false);
  const all = async () => await exists() ? await Array.fromAsync(walk("")) : [];
  const isUnfinished = (name: string) => name.endsWith(".sluice-tmp");
  return {
    url: folder,
    names: async () => (await all()).filter((name) => !isUnfinished(name)),
    unfinished: async () => (await all()).filter(isUnfinished),
    bytes: (name) => Deno.readFile(join(folder, name)).catch(() => undefined),
    async rejects(name) {
      const store = new DirectoryStore(folder);
      try {
        return (await store.head(name, signal))?.mark?.rejects;
      } finally {
        await store.close();
      }
    },
  };
}
