import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { basename, dirname, join } from "node:path";

/** A file that is being written: it appears under its name with all of its content, or not at all. */
export interface Output extends AsyncDisposable {
  write(text: string): Promise<void>;
  /** Gives it its name, over a file that has it. Without this, what was written is removed in the end. */
  keep(): Promise<void>;
}

/** Opens a file for writing, under a hidden name in its folder. Holds 64 Ki characters. */
export async function openOutput(path: string): Promise<Output> {
  const temporary = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}.sluice-tmp`);
  const encoder = new TextEncoder();
  const trying = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const reason = error instanceof Deno.errors.NotFound ? "there is no such folder" : reasonOf(error);
      throw new SluiceError({ kind: "sink", action: "write", subject: path, reason, cause: error });
    }
  };
  if ((await Deno.stat(path).catch(() => undefined))?.isDirectory) {
    throw new SluiceError({ kind: "sink", action: "write", subject: path, reason: "it is a folder" });
  }
  const file = await trying(() => Deno.open(temporary, { write: true, createNew: true }));
  let text = "", isOpen = true, isKept = false;
  const send = () =>
    trying(async () => {
      let bytes = encoder.encode(text);
      text = "";
      while (bytes.length > 0) bytes = bytes.subarray(await file.write(bytes));
    });
  const close = () => {
    if (isOpen) file.close();
    isOpen = false;
  };
  return {
    async write(more) {
      text += more;
      if (text.length >= maxHeldUnits) await send();
    },
    async keep() {
      await send();
      close();
      await trying(() => Deno.rename(temporary, path));
      isKept = true;
    },
    async [Symbol.asyncDispose]() {
      close();
      if (!isKept) await Deno.remove(temporary).catch(() => {});
    },
  };
}

const maxHeldUnits = 64 * 1024;
