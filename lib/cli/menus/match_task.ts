import { ConfigError } from "../../settings/config_error.ts";
import type { MatchCommandOptions } from "./match_command_settings.ts";

/** Where `sluice match` has its menus from: objects that it lists, or jobs that others added. */
export type MatchRunOptions =
  & Omit<MatchCommandOptions, "from" | "queue" | "terms">
  & { readonly terms: string }
  & (
    | { readonly from: string; readonly queue?: undefined }
    | { readonly from?: undefined; readonly queue: string }
  );

/** What `sluice match --enqueue` is told. */
export type EnqueueMenusOptions = MatchCommandOptions & { readonly from: string; readonly queue: string };

export type MatchTask =
  | { readonly command: "match"; readonly options: MatchRunOptions }
  | { readonly command: "enqueue"; readonly options: EnqueueMenusOptions };

const needs = {
  from: "the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
  queue: "the queue that the jobs are in, redis://HOST:PORT",
  terms: "the terms that are looked for, a CSV file or S3 object",
} as const;

/**
 * What `sluice match` is to do: match objects, match what a queue's jobs name, or add such jobs.
 *
 * @throws {ConfigError} Something is missing for that, or contradicts it.
 */
export function matchTask(options: MatchCommandOptions): MatchTask {
  const { enqueue, from, queue, range, terms } = options;
  const problems: string[] = [];
  const need = <Name extends keyof typeof needs>(name: Name): string => {
    const value = options[name];
    if (value === undefined) problems.push(`Cannot start without --${name}: ${needs[name]}`);
    return value ?? "";
  };
  if (enqueue) {
    const task = {
      command: "enqueue",
      options: { ...options, from: need("from"), queue: need("queue") },
    } as const;
    if (range !== undefined) {
      problems.push("Cannot use range with --enqueue: it cuts objects by --chunk-bytes");
    }
    return checked(task, problems);
  }
  if (queue === undefined) {
    const named = { from: need("from"), terms: need("terms") };
    return checked({ command: "match", options: { ...options, ...named, queue } }, problems);
  }
  if (from !== undefined || range !== undefined) {
    problems.push(
      `Cannot use ${from === undefined ? "range" : "from"} with --queue: its jobs say what is matched, ` +
        "and --enqueue adds them",
    );
  }
  const to = options.to ?? options.matchesTo;
  if (to !== undefined && !/^(?:sqlite|postgres(?:ql)?):/i.test(to)) {
    problems.push(
      `Cannot write matches to ${to}: several processes work on a queue, and a file has one writer; ` +
        "use sqlite:PATH or postgres://…",
    );
  }
  const named = { from: undefined, queue, terms: terms ?? need("terms") };
  return checked({ command: "match", options: { ...options, ...named } }, problems);
}

function checked(task: MatchTask, problems: readonly string[]): MatchTask {
  if (problems.length > 0) throw new ConfigError(problems);
  return task;
}
