import { ConfigError } from "../../settings/config_error.ts";
import type { SectionValues } from "../../settings/sections.ts";
import type { Values } from "../../settings/setting.ts";
import type { matchFlags, matchSections } from "./match_settings.ts";

/** The settings of `sluice match`. */
export type MatchConfig = SectionValues<typeof matchSections> & { readonly flags: Values<typeof matchFlags> };

/** Where `sluice match` reads its menus: objects that it lists, or the jobs of a queue. */
export type MatchRunTask =
  & { readonly command: "match"; readonly terms: string }
  & (
    | { readonly from: string; readonly queue?: undefined }
    | { readonly from?: undefined; readonly queue: string }
  );

/** What `sluice match --enqueue` adds to which queue. */
export interface EnqueueMenusTask {
  readonly command: "enqueue";
  readonly from: string;
  readonly queue: string;
}

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
export function matchTask({ flags, match }: MatchConfig): MatchRunTask | EnqueueMenusTask {
  const { from, queue, range } = flags;
  const given = { from, queue, terms: match.terms };
  const problems: string[] = [];
  const need = <Name extends keyof typeof needs>(name: Name): string => {
    const value = given[name];
    if (value === undefined) problems.push(`Cannot start without --${name}: ${needs[name]}`);
    return value ?? "";
  };
  if (flags.enqueue) {
    const task = { command: "enqueue", from: need("from"), queue: need("queue") } as const;
    if (range !== undefined) {
      problems.push("Cannot use range with --enqueue: it splits objects by --chunk-bytes");
    }
    return checked(task, problems);
  }
  if (queue === undefined) {
    return checked({ command: "match", from: need("from"), terms: need("terms") }, problems);
  }
  if (from !== undefined || range !== undefined) {
    problems.push(
      `Cannot use ${from === undefined ? "range" : "from"} with --queue: its jobs name what is matched, ` +
        "and --enqueue adds them",
    );
  }
  const to = flags.to ?? match.to;
  if (to !== undefined && !/^(?:sqlite|postgres(?:ql)?):/i.test(to)) {
    problems.push(
      `Cannot write matches to ${to}: several processes work on a queue, and a file has one writer; ` +
        "use sqlite:PATH or postgres://…",
    );
  }
  return checked({ command: "match", queue, terms: need("terms") }, problems);
}

function checked<Task>(task: Task, problems: readonly string[]): Task {
  if (problems.length > 0) throw new ConfigError(problems);
  return task;
}
