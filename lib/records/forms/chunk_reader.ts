/** Takes bytes on. The buffer of each chunk is then the taker's. */
export type Emit = (chunk: Uint8Array<ArrayBuffer>) => void;

/** Makes other bytes of bytes, as they come. */
export interface ChunkReader {
  read(chunk: Uint8Array<ArrayBuffer>, emit: Emit): void;
  /** Called once all bytes have come. */
  end(emit: Emit): void;
}
