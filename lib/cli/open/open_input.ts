/** Opens a file for reading. */
export async function openInput(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    return (await Deno.open(path)).readable;
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : (error as Error).message;
    throw new Error(`Cannot read ${path}: ${why}`, { cause: error });
  }
}
