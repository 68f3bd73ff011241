import type { Config } from "../settings/sections.ts";
import { duration } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { EventFeed } from "../../watch/event_feed.ts";
import { ListingFeed } from "../../watch/listing_feed.ts";
import type { ObjectQueue } from "../../watch/object_queue.ts";
import { isStop, reportFailure } from "../failure.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { JobSession, type JobSessionConfig } from "./job_session.ts";
import { logDone } from "./log_done.ts";
import { logStopped } from "./log_stopped.ts";
import { logSkipped } from "./log_skipped.ts";
import { failureFields } from "../../telemetry/failure_fields.ts";
import { openLog } from "../../telemetry/log.ts";
import { openPage } from "../serve/open_page.ts";
import { openEventQueue } from "../open/open_event_queue.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** The settings of a watch. */
export type WatchConfig = JobSessionConfig & {
  readonly service: Pick<Config["service"], "listen" | "token">;
  readonly watch: Config["watch"];
  readonly output: Pick<Config["output"], "logFormat" | "logLevel">;
};

/** Processes all objects that are not processed yet, and new ones as they arrive, until it is stopped; resolves to the exit status. */
export async function watch(config: WatchConfig, io: Io): Promise<number> {
  const log = openLog(config.output, io);
  const tell: Tell = log;
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) tell(warning);
  await using server = await openPage(config.service, tell);
  if (server !== undefined) log(`The page: ${server.url}`, "info", { page: server.url });
  const settings = config.watch;
  const listed = Promise.withResolvers<void>();
  let queue: ObjectQueue | undefined, events: EventFeed | undefined;
  try {
    queue = settings.events === undefined ? undefined : await openEventQueue(settings.events, config.s3);
    await using session = await JobSession.open(config, {
      command: "watch",
      stop: io.signal,
      tell,
      live: server?.page,
      lingerSeconds: settings.lingerSeconds,
      onEnded: logDone(log),
      onSkipped: logSkipped(log),
      plan(options, answers) {
        if (queue !== undefined) {
          const feed = events = new EventFeed({
            ...options,
            queue,
            isHeldUp: () => answers.isHeldUp || session.job.credentialsLost !== undefined,
            onSettled: (name, outcome) => session.job.settle(name, outcome),
            onTrouble: tell,
          });
          return { plan: (signal) => feed.objects(signal), maxPlannedAhead: 0 };
        }
        const feed = new ListingFeed({
          ...options,
          everyMs: settings.everySeconds * 1000,
          onTrouble: tell,
          onSettled: (name, outcome) => session.job.settle(name, outcome),
          onListed: () => listed.resolve(),
        });
        return { plan: (signal) => feed.objects(signal) };
      },
    });
    const { job, source } = session;
    listed.promise.then(() =>
      tellIfEmpty(source, job.objects, { skipped: job.skipped, say: tell, signal: session.end })
    ).catch(() => {}); // the watch has ended
    log(
      `Watching ${source.url}, ${
        queue === undefined
          ? `listed every ${duration(settings.everySeconds)}`
          : `by the events of ${queue.url}`
      }`,
      "info",
    );
    try {
      await session.run();
    } catch (error) {
      if (!io.signal.aborted) throw error;
    }
    logStopped(log, job, session.end.aborted ? "; objects in flight are left to the next watch" : "");
    if (session.answers.limitReached) {
      tell(
        `Stopped asking: maxQuestions is ${config.model.maxQuestions}; the next watch processes the remaining objects`,
        "error",
        { kind: "limit" },
      );
      return exitStatus.undone;
    }
    return session.end.aborted ? exitStatus.undone : exitStatus.done;
  } catch (error) {
    if (isStop(error, io.signal)) {
      log(`${io.signal.reason.message}, before anything was processed`, "info");
      return exitStatus.done;
    }
    return reportFailure(error, io.signal, (text) => tell(text, "error", failureFields(error)));
  } finally {
    await events?.close();
    await queue?.close();
  }
}
