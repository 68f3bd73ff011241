import type { DatabaseSync } from "node:sqlite";
import { isLocked } from "./sqlite_failure.ts";

const pauseMs = 5;

/**
 * Puts a SQLite file into WAL mode: readers then never wait for a writer. Another process that has the file open at
 * that moment makes SQLite fail at once, whatever its busy timeout, so that several processes that begin together need
 * this to wait for each other. Holds the thread for as long.
 *
 * @throws {Error} SQLite's own, `timeoutMs` after it first came.
 */
export function useWriteAheadLog(database: DatabaseSync, timeoutMs: number): void {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    try {
      return database.exec("PRAGMA journal_mode = WAL");
    } catch (error) {
      if (!isLocked(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
    }
  }
}
