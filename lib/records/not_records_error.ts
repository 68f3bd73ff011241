import { SluiceError } from "../errors/sluice_error.ts";

/**
 * A file whose name leaves open what it holds (`.json`) does not begin with a record: it is skipped, as a file with the
 * name of something else is.
 */
export class NotRecordsError extends SluiceError {
  override readonly name = "NotRecordsError";

  constructor() {
    super({ kind: "data", action: "read as records", reason: "its first line is no JSON object" });
  }
}
