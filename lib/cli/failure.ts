import { type ErrorKind, kindOf, SluiceError } from "../errors/sluice_error.ts";
import { ConfigError } from "../settings/config_error.ts";
import { exitStatus } from "./exit_status.ts";

/** The exit status of a command that fails with an error of some kind; others leave something undone. */
const statusOf: Partial<Record<ErrorKind, number>> = {
  settings: exitStatus.usage,
  empty: exitStatus.empty,
};

/** What users read of an error: its message, or, of a fault in Sluice, its stack. Several settings are several problems. */
function failureTexts(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof SluiceError && error.kind !== "internal") return [error.message];
  return [error instanceof Error ? error.stack ?? error.message : String(error)];
}

/** Whether a command ended because it was stopped, not because something failed. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error as Error)?.name === "AbortError");
}

/** Reports what ended a command, each text by itself, and returns its exit status. A stop is no fault: it has no stack. */
export function reportFailure(error: unknown, signal: AbortSignal, report: (text: string) => void): number {
  if (isStop(error, signal)) {
    report(signal.reason.message);
    return exitStatus.undone;
  }
  failureTexts(error).forEach(report);
  return statusOf[kindOf(error)] ?? exitStatus.undone;
}
