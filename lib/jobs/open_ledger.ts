import { reasonOf } from "../errors/sluice_error.ts";
import { Ledger } from "./ledger.ts";

/** A ledger as the job uses it. */
export type Remembered = Pick<Ledger, "get" | "set" | "close">;

/**
 * Opens the ledger as what it is, an aid: if it cannot be opened, read or written, one message says so, and it is
 * empty from then on.
 *
 * @param onTrouble Called with why.
 */
export function openLedger(path: string, onTrouble: (message: string) => void): Remembered {
  let ledger: Ledger | undefined;
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      onTrouble(`Continuing without the ledger: ${reasonOf(error)}`);
      ledger?.close();
      ledger = undefined;
    }
  };
  const moved = (to: string) =>
    onTrouble(`Continuing with a new ledger: ${path} is damaged, or no ledger, and was moved to ${to}`);
  attempt(() => ledger = new Ledger(path, moved));
  return {
    get: (...given) => ledger && attempt(() => ledger!.get(...given)),
    set: (...given) => ledger && attempt(() => ledger!.set(...given)),
    close: () => ledger?.close(),
  };
}
