import { ConfigError } from "../../settings/config_error.ts";

/** @throws {ConfigError} No time is from `since` on and before `until`. */
export function refuseEmptyPeriod(
  { since, until }: { readonly since?: number; readonly until?: number },
): void {
  if (since === undefined || until === undefined || since < until) return;
  throw new ConfigError(["Cannot use --since and --until together: since must be before until"]);
}
