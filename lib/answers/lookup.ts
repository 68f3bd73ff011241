import type { Claim } from "./claim.ts";
import type { KeyCounts } from "./key_counts.ts";

/** Finds answers without asking the model. */
export interface Lookup {
  /**
   * Settles the claims whose answers exist, and resolves to those that have to be asked, in their order. Never throws.
   *
   * @param counted What the keys are counted in.
   */
  find(claims: readonly Claim[], counted: readonly KeyCounts[]): Promise<readonly Claim[]>;
}
