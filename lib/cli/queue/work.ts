import type { BullQueue } from "../../queue/bull_queue.ts";
import { QueueWatch } from "../../queue/queue_watch.ts";
import { type QueueScope, scopeText } from "../../queue/queue_job.ts";
import { delay } from "@std/async/delay.js";
import type { WorkConfig } from "../settings/config.ts";
import { count, duration, plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { EventFeed } from "../../watch/event_feed.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { failureText, JobSession } from "../run/job_session.ts";
import { openLog } from "../../telemetry/log.ts";
import { openClaims, openJobQueue } from "../open/open_job_queue.ts";
import { openPage } from "../serve/open_page.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";

/** Jobs that are claimed before there is room to work on them: others may have it. */
const maxClaimedAhead = 1;
/** How long a claim waits for a job where its end is waited for, in seconds. */
const lastWaitSeconds = 1;
/** Between two looks whether there are jobs at all, in milliseconds. */
const firstJobMs = 2_000;

/** What a shared file tells runs to take, for who takes what the queue has. */
const everyJob = {
  include: undefined,
  exclude: undefined,
  since: undefined,
  until: undefined,
  shard: undefined,
  limit: undefined,
  force: false,
};

/** Works on the jobs of a fleet until it is stopped, or until there are none; resolves to the exit status. */
export async function work(given: WorkConfig, io: Io): Promise<number> {
  const log = openLog(given, io);
  const tell: Tell = log;
  const warning = volatileCacheWarning(given.cache);
  if (warning !== undefined) tell(warning);
  const fleet = await openJobQueue(given);
  let queue: BullQueue | undefined, jobs: EventFeed | undefined;
  try {
    await using server = await openPage(given, tell);
    if (server !== undefined) log(`The page: ${server.url}`, "info", { page: server.url });
    const place = await placeOfJobs(given, fleet, tell, io.signal);
    if (place === undefined) {
      tell(
        `There is nothing to do: nothing has ever been added to queue ${fleet.name} of ${fleet.url}`,
        "info",
      );
      return exitStatus.done;
    }
    const config = {
      ...given,
      ...everyJob,
      from: given.from ?? place.source,
      to: given.to ?? addressOf(place.destination),
      // A cache that all can read makes one customer of them; but for near titles, which each knows for itself.
      fleet: given.fleet ??
        (/^rediss?(?:\+cluster)?:/.test(given.cache) && !given.cluster ? given.queue : undefined),
    };
    const claims = queue = await openClaims(config, {
      place,
      visibilitySeconds: config.claimTimeout,
      waitSeconds: config.untilEmpty ? lastWaitSeconds : undefined,
    });
    await using watch = server && new QueueWatch(fleet, () => {}); // the claims tell of the same troubles
    await using session = await JobSession.open(config, {
      command: "work",
      fleet: () => watch?.view,
      stop: io.signal,
      tell,
      live: server?.page,
      linger: config.linger,
      onEnded: ({ name }, { out, rejected }, outcome, seconds) => {
        if (outcome !== "done") return;
        log(
          `Done: ${name}, ${plural(out, "record")}${
            rejected > 0 ? `, ${count(rejected)} rejected` : ""
          }, in ${duration(seconds)}`,
          "info",
          { object: name, records: out, rejected, seconds },
        );
      },
      plan(options, answers) {
        refuseOthers({ source: options.source.url, destination: options.destination.url }, place, fleet.name);
        const feed = jobs = new EventFeed({
          ...options,
          queue: claims,
          maxMessages: maxClaimedAhead,
          isHeldUp: () => answers.stats().modelIsDown,
          isOver: given.untilEmpty ? async (signal) => await claims.remaining(signal) === 0 : undefined,
          onTrouble: tell,
        });
        return { plan: (signal) => feed.objects(signal), maxPlannedAhead: 0 };
      },
    });
    const { job, source } = session;
    log(`Working on the jobs of queue ${fleet.name} of ${fleet.url}, from ${source.url}`, "info");
    try {
      await session.run();
    } catch (error) {
      if (!io.signal.aborted) throw error;
    }
    await jobs?.close();
    const { done, failed } = job.objects;
    const left = session.end.aborted ? "; what was under way is handed back" : "";
    log(`Stopped: ${plural(done, "object")} processed, ${count(failed)} failed${left}`, "info", {
      done,
      failed,
    });
    if (session.answers.limitReached) {
      tell(
        `Stopped asking: maxQuestions is ${config.maxQuestions}; what is not done is left to the others`,
        "error",
      );
      return exitStatus.undone;
    }
    if (!given.untilEmpty || io.signal.aborted) return exitStatus.done;
    const state = await fleet.state(io.signal);
    if (state.failed === 0) return exitStatus.done;
    tell(
      `Cannot finish all jobs of queue ${fleet.name} of ${fleet.url}: ${count(state.failed)} have failed; ` +
        "sluice queue says why, sluice queue retry puts them back",
      "error",
    );
    return exitStatus.undone;
  } catch (error) {
    tell(failureText(error), "error");
    return exitStatus.undone;
  } finally {
    await jobs?.close();
    await queue?.close();
    await fleet.close();
  }
}

/** Where the objects come from, and where their outputs go. */
type ObjectPlace = Required<QueueScope>;

/**
 * What the queue's jobs are about; waits for the first one, unless it is to end when there is none.
 *
 * @throws {Error} They are of menus.
 */
async function placeOfJobs(
  { untilEmpty }: WorkConfig,
  fleet: Awaited<ReturnType<typeof openJobQueue>>,
  tell: Tell,
  signal: AbortSignal,
): Promise<ObjectPlace | undefined> {
  for (let looks = 0;; looks++) {
    const place = await fleet.place(signal);
    if (place !== undefined) {
      const { source, destination } = place;
      if (destination !== undefined) return { source, destination };
      throw new Error(
        `Cannot work on the jobs of queue ${fleet.name} of ${fleet.url}: they are ${scopeText(place)}, ` +
          "for sluice match --queue",
      );
    }
    if (untilEmpty) return undefined;
    if (looks === 0) tell(`Waiting for the first job of queue ${fleet.name} of ${fleet.url}`, "info");
    await delay(firstJobMs, { signal });
  }
}

/** The address of a destination that a queue names. */
function addressOf(destination: string): string {
  if (!/^postgres/i.test(destination)) return destination;
  throw new Error(
    `Cannot work without --to: the outputs go to ${destination}, and how to get in there is not in the queue`,
  );
}

function refuseOthers(opened: ObjectPlace, { source, destination }: ObjectPlace, name: string): void {
  if (opened.source === source && opened.destination === destination) return;
  throw new Error(
    `Cannot work from ${opened.source} to ${opened.destination}: the jobs of queue ${name} are from ${source} to ` +
      `${destination}; leave out --from and --to, or give another --queue-name`,
  );
}
