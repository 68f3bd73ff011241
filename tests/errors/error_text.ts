import type { Scene } from "./scene.ts";

/** What a user is told when something fails, and how to bring that about. */
export interface ErrorText {
  /** What the user does, or what happens. */
  readonly when: string;
  /** All that is said. What changes from run to run is a placeholder: `<DIR>`, `<PORT>`. */
  readonly text: string;
  /** The process's exit status, where the text is a command's. */
  readonly status?: number;
  /** Why it cannot be brought about here, where a server is missing. */
  readonly missing?: string;
  /** Brings it about with the real code; resolves to what is said. */
  readonly provoke: (scene: Scene) => Promise<Said> | Said;
}

/** What was said, with the exit status where a command said it. */
export type Said = string | { readonly text: string; readonly status: number };

/** The texts of one part of the program. */
export interface ErrorTexts {
  /** Whose texts they are, for the tests' names. */
  readonly name: string;
  /** The files under `lib/` that make these texts; some make those of several tables. */
  readonly files: readonly string[];
  readonly rows: readonly ErrorText[];
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
