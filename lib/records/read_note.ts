/** What is worth knowing about bytes, though they are read. */
export interface ReadNote {
  /** Goes behind the address of what is read. */
  readonly text: string;
  /** Whether it is about how the bytes are written, which is most often the same of all objects: once is enough. */
  readonly isOfFormat: boolean;
}
