import { SluiceError } from "../errors/sluice_error.ts";

/** When a window is full. */
export interface WindowSize {
  /** Records and blank lines in a window, 1 or more: how far deduplication looks before it must answer. */
  readonly windowRecords: number;
  /** A window ends with the record that brings it to this length, in bytes: 1 or more. */
  readonly windowBytes: number;
}

/** @throws {SluiceError} `settings`: a window would hold nothing. */
export function checkWindowSize({ windowBytes, windowRecords }: WindowSize): void {
  for (const [name, value] of Object.entries({ windowRecords, windowBytes })) {
    if (value >= 1) continue;
    const reason = `${name} is ${value}, not 1 or more`;
    throw new SluiceError({ kind: "settings", action: "gather windows", reason });
  }
}
