import { cacheAddress } from "../../caches/cache_address.ts";
import type { BullQueue } from "../../queue/bull_queue.ts";
import { QueueWatch } from "../../queue/queue_watch.ts";
import { type QueueScope, scopeText } from "../../queue/queue_job.ts";
import { delay } from "@std/async/delay.js";
import { SluiceError } from "../../errors/sluice_error.ts";
import type { Config } from "../settings/sections.ts";
import { plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { EventFeed } from "../../watch/event_feed.ts";
import { isStop, reportFailure } from "../failure.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { JobSession, type JobSessionConfig } from "../run/job_session.ts";
import { logDone } from "../run/log_done.ts";
import { logStopped } from "../run/log_stopped.ts";
import { logSkipped } from "../run/log_skipped.ts";
import { failureFields } from "../../telemetry/failure_fields.ts";
import { openLog } from "../../telemetry/log.ts";
import { openClaims, openJobQueue, type QueueConfig } from "../open/open_job_queue.ts";
import { openPage } from "../serve/open_page.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";

/** Jobs that are claimed before there is room to work on them: others may have it. */
const maxClaimedAhead = 1;
/** How long a claim waits for a job where its end is waited for, in seconds. */
const lastWaitSeconds = 1;
/** Between two looks whether there are jobs at all, in milliseconds. */
const firstJobMs = 2_000;

/** The settings of a worker; source and destination are the queue's if they are not set. */
export type WorkConfig = Omit<JobSessionConfig, "source" | "destination" | "queue"> & {
  readonly source: Pick<Config["source"], "idleTimeoutSeconds" | "skipArchived"> & {
    readonly url: string | undefined;
  };
  readonly destination: Omit<Config["destination"], "url"> & { readonly url: string | undefined };
  readonly queue: QueueConfig & Pick<Config["queue"], "claimTimeoutSeconds" | "untilEmpty">;
  readonly watch: Pick<Config["watch"], "lingerSeconds">;
  readonly service: Pick<Config["service"], "listen" | "token" | "pricePer1000">;
  readonly output: Pick<Config["output"], "logFormat" | "logLevel">;
};

/** Works on the jobs of a queue until it is stopped, or until the queue is empty; resolves to the exit status. */
export async function work(given: WorkConfig, io: Io): Promise<number> {
  const log = openLog(given.output, io);
  const tell: Tell = log;
  const warning = volatileCacheWarning(given.cache.url);
  if (warning !== undefined) tell(warning);
  const { claimTimeoutSeconds, untilEmpty } = given.queue;
  const jobQueue = await openJobQueue(given.queue);
  let queue: BullQueue | undefined, jobs: EventFeed | undefined;
  try {
    await using server = await openPage(given.service, tell);
    if (server !== undefined) log(`The page: ${server.url}`, "info", { page: server.url });
    const place = await placeOfJobs(untilEmpty, jobQueue, tell, io.signal);
    if (place === undefined) {
      tell(
        `There is nothing to do: no job was ever added to queue ${jobQueue.name} of ${jobQueue.url}`,
        "info",
      );
      return exitStatus.done;
    }
    // Workers that share a cache share the rate limit too; but with similar titles each process is on its own.
    const isShared = cacheAddress(given.cache.url)?.reach === "network" && !given.shortcuts.cluster;
    const config: JobSessionConfig = {
      ...given,
      source: { ...given.source, url: given.source.url ?? place.source },
      destination: { ...given.destination, url: given.destination.url ?? addressOf(place.destination) },
      fleet: { url: given.fleet.url ?? (isShared ? given.queue.url : undefined) },
    };
    const claims = queue = await openClaims(given.queue, {
      place,
      visibilitySeconds: claimTimeoutSeconds,
      waitSeconds: untilEmpty ? lastWaitSeconds : undefined,
    });
    await using watch = server && new QueueWatch(jobQueue, () => {}); // claims report the same problems
    await using session = await JobSession.open(config, {
      command: "work",
      fleet: () => watch?.view,
      stop: io.signal,
      tell,
      live: server?.page,
      lingerSeconds: given.watch.lingerSeconds,
      onEnded: logDone(log),
      onSkipped: logSkipped(log),
      plan(options, answers) {
        refuseOthers(
          { source: options.source.url, destination: options.destination.url },
          place,
          jobQueue.name,
        );
        const feed = jobs = new EventFeed({
          ...options,
          queue: claims,
          maxMessages: maxClaimedAhead,
          isHeldUp: () => answers.isHeldUp || session.job.credentialsLost !== undefined,
          isOver: untilEmpty ? (signal) => claims.isDrained(signal) : undefined,
          onSettled: (name, outcome) => session.job.settle(name, outcome),
          onTrouble: tell,
        });
        return { plan: (signal) => feed.objects(signal), maxPlannedAhead: 0 };
      },
    });
    const { job, source } = session;
    log(`Working on the jobs of queue ${jobQueue.name} of ${jobQueue.url}, from ${source.url}`, "info");
    try {
      await session.run();
    } catch (error) {
      if (!io.signal.aborted) throw error;
    }
    await jobs?.close();
    logStopped(log, job, session.end.aborted ? "; jobs in flight are handed back" : "");
    if (session.answers.limitReached) {
      tell(
        `Stopped asking: maxQuestions is ${config.model.maxQuestions}; the remaining jobs are left to the other workers`,
        "error",
        { kind: "limit" },
      );
      return exitStatus.undone;
    }
    if (!untilEmpty || io.signal.aborted) return exitStatus.done;
    const state = await jobQueue.state(io.signal);
    if (state.failed === 0) return exitStatus.done;
    tell(
      `Cannot finish all jobs of queue ${jobQueue.name} of ${jobQueue.url}: ${
        plural(state.failed, "job")
      } failed; ` +
        "sluice queue says why, sluice queue retry puts them back",
      "error",
      { kind: "queue", failed: state.failed },
    );
    return exitStatus.undone;
  } catch (error) {
    if (isStop(error, io.signal)) {
      log(`${io.signal.reason.message}, before the first job`, "info");
      return exitStatus.done;
    }
    return reportFailure(error, io.signal, (text) => tell(text, "error", failureFields(error)));
  } finally {
    await jobs?.close();
    await queue?.close();
    await jobQueue.close();
  }
}

/** Where the objects come from, and where their outputs go. */
type ObjectPlace = Required<QueueScope>;

/**
 * What the queue's jobs are about; waits for the first one. With `untilEmpty`, only while `enqueue` is about to add it.
 *
 * @throws {Error} They are of menus.
 */
async function placeOfJobs(
  untilEmpty: boolean,
  jobQueue: Awaited<ReturnType<typeof openJobQueue>>,
  tell: Tell,
  signal: AbortSignal,
): Promise<ObjectPlace | undefined> {
  for (let looks = 0;; looks++) {
    const place = await jobQueue.place(signal);
    if (place !== undefined) {
      const { source, destination } = place;
      if (destination !== undefined) return { source, destination };
      throw new SluiceError({
        kind: "input",
        action: "work on the jobs of",
        subject: `queue ${jobQueue.name} of ${jobQueue.url}`,
        reason: `they are ${scopeText(place)}, for sluice match --queue`,
      });
    }
    if (untilEmpty && !await jobQueue.isBeingFilled(signal)) return undefined;
    if (looks === 0) tell(`Waiting for the first job of queue ${jobQueue.name} of ${jobQueue.url}`, "info");
    await delay(firstJobMs, { signal });
  }
}

/** The address of a destination that a queue names. */
function addressOf(destination: string): string {
  if (!/^postgres/i.test(destination)) return destination;
  throw new SluiceError({
    kind: "input",
    action: "work",
    subject: "without --to",
    reason: `the outputs go to ${destination}, and the queue does not hold its password`,
  });
}

function refuseOthers(opened: ObjectPlace, { source, destination }: ObjectPlace, name: string): void {
  if (opened.source === source && opened.destination === destination) return;
  throw new SluiceError({
    kind: "input",
    action: "work",
    subject: `from ${opened.source} to ${opened.destination}`,
    reason: `the jobs of queue ${name} are from ${source} to ${destination}; ` +
      "leave out --from and --to, or give another --queue-name",
  });
}
