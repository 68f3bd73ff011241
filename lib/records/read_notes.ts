import type { ReadNote } from "./read_note.ts";

/** Says what is worth knowing about objects that were read: of what most often holds for all of them, once. */
export class ReadNotes {
  readonly #say: (message: string) => void;
  readonly #said = new Set<string>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** @param address Of the object or file. */
  add(address: string, { isOfFormat, text }: ReadNote): void {
    if (isOfFormat && this.#said.has(text)) return;
    if (isOfFormat) this.#said.add(text);
    this.#say(`${address}: ${text}`);
  }
}
