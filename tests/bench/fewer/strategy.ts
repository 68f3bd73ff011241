import type { FewerData } from "./fewer_data.ts";

/** Asks the model one question, and answers its level. The bench counts. */
export type Ask = (company: string, title: string) => number;

/** What a strategy kept. */
export interface Kept {
  /** What was in memory to the end; the bench weighs it. */
  readonly held?: unknown;
  /** What lay outside the heap, in bytes: in a file, in a server. */
  readonly bytes?: number;
}

/** An option that asks the model less often: one row of the table. */
export interface Strategy {
  readonly name: string;
  /** How it is switched on. */
  readonly setting: string;
  readonly canChangeAnswers: boolean;
  /** What would be asked without it. */
  readonly without: keyof FewerData["asked"];
  /**
   * Goes through all records in their order, as Sluice would, and puts an answer for each into `answers`. Called
   * several times, each time with nothing known.
   */
  run(data: FewerData, ask: Ask, answers: Uint8Array): Kept | Promise<Kept>;
}
