/** What the bench's S3 says when it is asked; it then removes what was written, and starts over. */
export interface S3Report {
  /** When the first object was asked for, in milliseconds since 1970. */
  readonly firstReadMs?: number;
  readonly writtenObjects: number;
  readonly writtenBytes: number;
}
