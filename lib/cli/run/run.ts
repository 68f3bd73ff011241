import type { Cache } from "../../caches/cache.ts";
import type { LivePage } from "../../page/live_page.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { type Summary, summaryText } from "../../jobs/summary.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { count, plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { JobSession, type JobSessionConfig } from "./job_session.ts";
import { openStandardStreams, usesStandardStreams } from "../open/standard_streams.ts";
import { isStandardStream } from "../../stores/object_url.ts";
import { profileText } from "./profile_text.ts";
import { RunMeter, sumsHold } from "./run_meter.ts";
import { reasonOf } from "../../errors/sluice_error.ts";
import { Progress } from "../progress.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** The settings of a run. */
export type RunConfig = JobSessionConfig & {
  readonly service: Pick<Config["service"], "listen" | "token">;
  readonly output: Taking<
    "output",
    "allowEmpty" | "allowRejects" | "json" | "page" | "profile" | "quiet" | "rejects"
  >;
};

/** Processes all objects that are not processed yet; resolves to the exit status. */
export async function run(config: RunConfig, io: Io): Promise<number> {
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) io.stderr(`${warning}\n`);
  if (!config.output.page) return (await runToSummary(config, io)).status;
  const { LiveServer } = await import("../serve/live_server.ts");
  await using server = await LiveServer.open(config.service, {
    tell: (message) => io.stderr(`${message}\n`),
  });
  io.stderr(`The page: ${server.url}\n`);
  return (await runToSummary(config, io, server.page)).status;
}

/**
 * Processes all objects that are not processed yet; resolves to the exit status and the figures.
 *
 * @param live Shows the progress.
 */
export async function runToSummary(
  config: RunConfig,
  io: Io,
  live?: LivePage,
): Promise<{ status: number; summary: Summary }> {
  using meter = new RunMeter();
  let say: Tell = (message) => io.stderr(`${message}\n`);
  const toStream = isStandardStream(config.destination.url);
  await using streams = usesStandardStreams(config)
    ? await openStandardStreams(io, {
      rejects: config.output.rejects,
      overwrite: config.destination.overwrite,
    })
    : undefined;
  await using session = await JobSession.open(config, {
    command: "run",
    streams,
    stop: io.signal,
    tell: (message) => say(message),
    live,
  });
  const { answers, cache, end, job, source } = session;
  const progress = new Progress(job, answers, io, config.output);
  say = (message) => progress.say(message);
  let isListed = true;
  const profile = config.output.profile ? await beginProfile(cache, end) : undefined;
  try {
    await session.run();
  } catch (error) {
    isListed = false;
    if (!end.aborted) say(reasonOf(error));
    if ((job.credentialsLost ?? job.unwritable) !== undefined) {
      say(
        `Stopped: ${plural(job.remaining, "object")} found so far ${
          job.remaining === 1 ? "is" : "are"
        } left to the next run`,
      );
    }
  } finally {
    progress.end();
  }
  if (io.signal.aborted) say("Stopped by a signal: the next run processes the rest");
  const { found, failed } = job.objects;
  if (answers.limitReached) {
    say(
      `Stopped asking the model: maxQuestions is ${
        count(config.model.maxQuestions!)
      }; the next run processes the rest`,
    );
  }
  if (job.isLimited) {
    say(
      `Stopped at the limit of ${
        plural(config.job.limit!, "object")
      }: the next run processes the rest, if there is any`,
    );
  }
  if (answers.cacheLost !== undefined) {
    say("Stopped asking the model: the cache is required, and failed; the next run processes the rest");
  }
  const isFill = config.shortcuts.fill && job.isListed && found === 0;
  if (isFill) say(`NOTHING TO DO: no output in ${config.destination.url} holds nulls of rare pairs`);
  const isEmpty = job.isListed && !isFill &&
    await tellIfEmpty(source, job.objects, { skipped: job.skipped, say, signal: end }) &&
    !config.shortcuts.fill;
  const summary: Summary = { ...meter.summary(session, config.recipe), profile: await profile?.() };
  if (!config.output.quiet) {
    io.stderr(summaryText(summary, { hasFailed: !isListed && !end.aborted, canReplay: !toStream }));
  }
  if (config.output.profile) io.stderr(profileText(summary));
  if (config.output.json) (toStream ? io.stderr : io.stdout)(`${JSON.stringify(summary)}\n`);
  const isDone = isListed && failed === 0 && !answers.isOver && sumsHold(summary, say);
  const hasRejects = summary.records.rejected > 0 && !config.output.allowRejects;
  return {
    summary,
    status: !isDone
      ? exitStatus.undone
      : hasRejects
      ? exitStatus.rejects
      : isEmpty && !config.output.allowEmpty
      ? exitStatus.empty
      : exitStatus.done,
  };
}

/** Returns what ends it. */
async function beginProfile(cache: Cache, signal: AbortSignal): Promise<() => Promise<Summary["profile"]>> {
  const { StageProfile } = await import("./stage_profile.ts");
  const profile = new StageProfile();
  // A server that does not report it is no reason to fail.
  const usage = () => cache.usage?.(signal).catch(() => undefined);
  const before = await usage();
  await profile.start();
  return async () => {
    await profile.stop();
    const after = await usage();
    return {
      stages: Object.fromEntries(profile.seconds),
      cacheServer: before && after && { ...after, cpuSeconds: after.cpuSeconds - before.cpuSeconds },
    };
  };
}
