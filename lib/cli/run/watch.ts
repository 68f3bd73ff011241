import type { Config } from "../settings/config.ts";
import { count, duration, plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { EventFeed } from "../../watch/event_feed.ts";
import { ListingFeed } from "../../watch/listing_feed.ts";
import type { ObjectQueue } from "../../watch/object_queue.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { failureText, JobSession } from "./job_session.ts";
import { openLog } from "../../telemetry/log.ts";
import { openPage } from "../serve/open_page.ts";
import { openQueue } from "../queue/open_queue.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** Processes what is not done yet, and what comes, until it is stopped; resolves to the exit status. */
export async function watch(config: Config, io: Io): Promise<number> {
  const log = openLog(config, io);
  const tell: Tell = log;
  const warning = volatileCacheWarning(config.cache);
  if (warning !== undefined) tell(warning);
  await using server = await openPage(config, tell);
  if (server !== undefined) log(`The page: ${server.url}`, "info", { page: server.url });
  let queue: ObjectQueue | undefined, events: EventFeed | undefined;
  try {
    queue = config.events === undefined ? undefined : await openQueue(config, config.events);
    await using session = await JobSession.open(config, {
      command: "watch",
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
        if (queue !== undefined) {
          const feed = events = new EventFeed({
            ...options,
            queue,
            isHeldUp: () => answers.stats().modelIsDown,
            onTrouble: tell,
          });
          return { plan: (signal) => feed.objects(signal), maxPlannedAhead: 0 };
        }
        const feed = new ListingFeed({ ...options, everyMs: config.every * 1000, onTrouble: tell });
        return { plan: (signal) => feed.objects(signal) };
      },
    });
    const { job, source } = session;
    log(
      `Watching ${source.url}, ${
        queue === undefined ? `listed every ${duration(config.every)}` : `by the events of ${queue.url}`
      }`,
      "info",
    );
    try {
      await session.run();
    } catch (error) {
      if (!io.signal.aborted) throw error;
    }
    const { done, failed } = job.objects;
    const left = session.end.aborted ? "; what was under way is left to the next one" : "";
    log(`Stopped: ${plural(done, "object")} processed, ${count(failed)} failed${left}`, "info", {
      done,
      failed,
    });
    if (session.answers.limitReached) {
      tell(
        `Stopped asking: maxQuestions is ${config.maxQuestions}; what is not done is left to the next one`,
        "error",
      );
      return exitStatus.undone;
    }
    return exitStatus.done;
  } catch (error) {
    tell(failureText(error), "error");
    return exitStatus.undone;
  } finally {
    await events?.close();
    await queue?.close();
  }
}
