/**
 * The seam between the queue of questions and the model that answers them: one file for each protocol, and a server
 * with faults on demand for the tests (`tests/fakes/model.ts`).
 */
import { SluiceError } from "../errors/sluice_error.ts";
import type { KeyFields } from "../recipe/key.ts";

export interface Question extends KeyFields {
  /** From 1, without gaps within a call: an answer without an id decodes as 0 in proto3. */
  readonly id: number;
}

/** What the model has answered, unchecked. */
export interface RawAnswer {
  readonly id: number;
  readonly value: number;
}

export interface Model {
  /** The model's address, without secrets. */
  readonly url: string;
  /** Lowest and highest value that is an answer. */
  readonly range: { readonly min: number; readonly max: number };
  /**
   * Makes one call. Answers come as the model gave them: any order, any number, any value.
   *
   * @throws {ModelError}
   */
  ask(questions: readonly Question[], signal: AbortSignal): Promise<readonly RawAnswer[]>;
  /** Connects without asking anything, and resolves to a description for the user. */
  check(signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

/** What a failed call means for the calls after it. */
export type ModelFailure =
  /** The same call may succeed later: UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED. */
  | "retry"
  /** No call will succeed until something is fixed: UNAUTHENTICATED, PERMISSION_DENIED, UNIMPLEMENTED. */
  | "fatal"
  /** The model does not take these questions: INVALID_ARGUMENT, or RESOURCE_EXHAUSTED for a message too large. */
  | "refused"
  /** This call will not succeed: everything else. */
  | "call";

export interface ModelErrorOptions {
  /** The model's address, without secrets. */
  readonly url: string;
  /** The status's name: `UNAVAILABLE`. */
  readonly code: string;
  readonly failure: ModelFailure;
  /** Why, as text for the user. */
  readonly reason: string;
  readonly cause?: unknown;
}

/** A call to the model has failed. */
export class ModelError extends SluiceError {
  override readonly name = "ModelError";
  /** The status's name: `UNAVAILABLE`. */
  readonly code: string;
  readonly failure: ModelFailure;

  constructor({ url, code, failure, reason, cause }: ModelErrorOptions) {
    super({ kind: "model", action: "ask", subject: url, reason, cause });
    this.code = code;
    this.failure = failure;
  }
}
