import { type ErrorKind, SluiceError } from "../../lib/errors/sluice_error.ts";
import type { Scene } from "./scene.ts";

/** The message of a failure, and how to provoke it. */
export interface ErrorText {
  /** What the user does, or what happens. */
  readonly when: string;
  /**
   * An example of what is said: each fact in it (see {@linkcode factsOf}) has to be in the message, in whatever words.
   * What changes from run to run is a placeholder: `<DIR>`, `<PORT>`.
   */
  readonly text: string;
  /** The error's kind, where the failure is an error of ours. */
  readonly kind?: ErrorKind;
  /** The process's exit status, where the text is a command's. */
  readonly status?: number;
  /** Why it cannot be brought about here, where a server is missing. */
  readonly missing?: string;
  /** Brings it about with the real code; resolves to what is said. */
  readonly provoke: (scene: Scene) => Promise<Said> | Said;
}

/** What was said, with the exit status where a command said it, and the kind where an error did. */
export type Said = string | { readonly text: string; readonly status?: number; readonly kind?: ErrorKind };

/** What a command said, as one form. */
export async function said(of: Promise<Said>): Promise<{ status: number | undefined; text: string }> {
  const what = await of;
  return typeof what === "string"
    ? { status: undefined, text: what }
    : { status: what.status, text: what.text };
}

/** The values in a message: addresses and paths, numbers, flags, what is quoted, placeholders. Each once. */
export function factsOf(text: string): string[] {
  const facts = text.match(
    /[a-z][a-z0-9+]*:\/\/[^\s,;]+|--[a-z][a-z0-9-]*|"[^"]*"|<[A-Z]+>[^\s,;]*|(?<![\w.-])\d[\d,.]*|[\w.-]*\/[\w./-]+/g,
  ) ?? [];
  return [...new Set(facts.map((fact) => fact.replace(/[:.,;)]+$/, "").replace(/(?<=^[\d,]*),(?=\d)/g, "")))];
}

/** The texts of one part of the program. */
export interface ErrorTexts {
  /** Whose texts they are, for the tests' names. */
  readonly name: string;
  readonly rows: readonly ErrorText[];
}

/** What an error says, and of which kind it is. */
export async function errorOf(work: () => unknown): Promise<Exclude<Said, string>> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SluiceError) return { text: error.message, kind: error.kind };
    if (error instanceof Error) return { text: error.message, kind: "internal" };
    throw error;
  }
  throw new Error("Cannot see an error: nothing failed");
}

/** The message that something fails with. */
export async function failureOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  throw new Error("Cannot see an error: nothing failed");
}
