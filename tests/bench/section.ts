import type { Figure } from "./figure.ts";
import type { Surroundings } from "./surroundings.ts";

/** Figures that are taken together. */
export interface Section {
  readonly name: string;
  /** Only with `--long`. */
  readonly isLong?: boolean;
  run(surroundings: Surroundings): Promise<Figure[]>;
}
