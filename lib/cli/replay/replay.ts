import { reasonOf } from "../../errors/sluice_error.ts";
import { Replay, replayedText } from "../../jobs/replay.ts";
import { summaryText } from "../../jobs/summary.ts";
import { count } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { Progress } from "../progress.ts";
import { JobSession } from "../run/job_session.ts";
import { RunMeter, sumsHold } from "../run/run_meter.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";
import { type ReplayConfig, replayStatus } from "./replay_config.ts";
import { replayText } from "./replay_text.ts";

export interface ReplayOptions {
  /** Whether to list only what there is to replay. */
  readonly dryRun: boolean;
}

/** Processes the objects whose outputs have rejects again; resolves to the exit status. */
export async function replay(config: ReplayConfig, { dryRun }: ReplayOptions, io: Io): Promise<number> {
  if (dryRun) return await (await import("./dry_run.ts")).dryRun(config, io);
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) io.stderr(`${warning}\n`);
  using meter = new RunMeter();
  let say: Tell = (message) => io.stderr(`${message}\n`);
  let replayed: Replay | undefined;
  await using session = await JobSession.open(config, {
    command: "run", // for what differs in those that keep running
    stop: io.signal,
    tell: (message) => say(message),
    onEnded: ({ name }, counts, outcome) => replayed!.ended(name, counts, outcome),
    plan(options) {
      replayed = new Replay(options, (object) => {
        if (!config.output.quiet) say(replayedText(object));
      });
      return { plan: (signal) => replayed!.plan(signal) };
    },
  });
  const { answers, end, job } = session;
  const progress = new Progress(job, answers, io, config.output);
  say = (message) => progress.say(message);
  if (config.postgres.key?.length) {
    say(
      "With --table-key, rows of objects that are replayed replace rows with the same key that other objects have " +
        "written since",
    );
  }
  let isListed = true;
  try {
    await session.run();
  } catch (error) {
    isListed = false;
    if (!end.aborted) say(reasonOf(error));
  } finally {
    progress.end();
  }
  if (io.signal.aborted) say("Stopped by a signal: the next replay processes the rest");
  if (answers.limitReached) {
    say(`Stopped asking the model: maxQuestions is ${count(config.model.maxQuestions!)}`);
  }
  if (answers.cacheLost !== undefined) say("Stopped asking the model: the cache is required, and failed");
  const found = replayed!.summary();
  const summary = { ...meter.summary(session, config.recipe), replay: found };
  if (!config.output.quiet) {
    const hasFailed = !isListed && !end.aborted;
    if (found.outcomes.processed > 0 || hasFailed) io.stderr(summaryText(summary, { hasFailed }));
    io.stderr(replayText(found, session.destination.url));
  }
  if (config.output.json) io.stdout(`${JSON.stringify(summary)}\n`);
  const isDone = isListed && job.objects.failed === 0 && !answers.isOver && sumsHold(summary, say);
  return isDone ? replayStatus(found, config.output) : exitStatus.undone;
}
