import type { Tell, TellFields } from "../text/tell.ts";
import type { ReadNote } from "./read_note.ts";

/** Says what is worth knowing about objects that were read: of what most often holds for all of them, once. */
export class ReadNotes {
  readonly #say: Tell;
  readonly #said = new Set<string>();

  constructor(say: Tell) {
    this.#say = say;
  }

  /**
   * @param address Of the object or file.
   * @param fields For the log: the object's name.
   */
  add(address: string, { isOfFormat, text }: ReadNote, fields?: TellFields): void {
    if (isOfFormat && this.#said.has(text)) return;
    if (isOfFormat) this.#said.add(text);
    this.#say(`${address}: ${text}`, "warning", fields);
  }
}
