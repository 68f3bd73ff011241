import { SluiceError } from "../errors/sluice_error.ts";

/** Settings that cannot be used: one line for each problem, without the values of secrets. */
export class ConfigError extends SluiceError {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super({ kind: "settings", action: "use", subject: "the settings", reason: problems.join("\n") });
    // Each problem is a sentence of its own.
    this.message = problems.join("\n");
    this.problems = problems;
  }
}
