import {
  CsvRecordReader,
  type CsvRecordReaderOptions,
  type CsvWindowHandler,
} from "../csv/csv_record_reader.ts";
import { WindowWait } from "./window_wait.ts";

export interface CsvWindowsOptions extends CsvRecordReaderOptions {
  /** How long the first record of a window waits for others, at most, in milliseconds. Unlimited by default. */
  readonly windowWaitMs?: number;
}

/**
 * What turns bytes of CSV into batches, for a stream: cuts records, gathers windows, and has a judge make a batch of
 * each. Buffers as `CsvRecordReader` does.
 *
 * @param open Makes the judge, which hands its batches to `enqueue`.
 */
export function csvWindows<Out>(
  options: CsvWindowsOptions,
  open: (enqueue: (batch: Out) => void) => CsvWindowHandler,
): Transformer<Uint8Array, Out> {
  const wait = new WindowWait(options.windowWaitMs);
  let reader: CsvRecordReader;
  return {
    start(controller) {
      const judge = open((batch) => {
        wait.end();
        controller.enqueue(batch);
      });
      reader = new CsvRecordReader(judge, options);
    },
    transform(chunk, controller) {
      reader.read(chunk);
      if (reader.hasWindow) wait.begin(() => reader.endWindow(), controller);
    },
    cancel: () => wait.end(),
    flush() {
      wait.end();
      reader.end();
    },
  };
}
