import type { MatchRow, MatchTable } from "./match_table.ts";

/** Pairs written in one transaction at most. */
export const maxBatchRows = 1_000;

export interface MatchTableStreamOptions {
  readonly table: MatchTable;
  readonly signal: AbortSignal;
  /** Called after each batch, with how many of its pairs are new. */
  readonly onWritten?: (added: number) => void;
}

/**
 * Writes pairs to a table, a batch of up to 1,000 in one transaction. Takes no more while a batch is on its way, so that what
 * is before it goes no faster than the table. Buffers a batch and one chunk. The table is not finished, nor closed.
 */
export class MatchTableStream extends WritableStream<readonly MatchRow[]> {
  constructor({ table, signal, onWritten }: MatchTableStreamOptions) {
    let batch: MatchRow[] = [];
    const write = async () => {
      const rows = batch;
      batch = [];
      onWritten?.(await table.write(rows, signal));
    };
    super({
      async write(rows) {
        for (const row of rows) {
          batch.push(row);
          if (batch.length === maxBatchRows) await write();
        }
      },
      async close() {
        if (batch.length > 0) await write();
      },
    });
  }
}
