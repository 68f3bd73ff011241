import type { QueueWatch } from "../../queue/queue_watch.ts";
import { answersRoute } from "../../service/answers_route.ts";
import { openApiRoute } from "../../service/openapi.ts";
import { recordsRoute } from "../../service/records_route.ts";
import { RequestDesk } from "../../service/request_desk.ts";
import type { Monitor } from "../../telemetry/monitor.ts";
import { LineScanner } from "../../records/scan/scan_lines.ts";
import type { ServeConfig } from "../settings/config.ts";
import { count, plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { failureText } from "../run/job_session.ts";
import { LiveServer } from "./live_server.ts";
import { openLog } from "../../telemetry/log.ts";
import { openAnswers } from "../open/open_answers.ts";
import type { openMenuService } from "./open_menu_service.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { openMonitor } from "./open_monitor.ts";
import { openAnswerParts, recipeOf } from "../open/open_parts.ts";
import { Stopping } from "../stopping.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";

/** Answers requests until it is stopped; resolves to the exit status. */
export async function serve(config: ServeConfig, io: Io): Promise<number> {
  const log = openLog(config, io);
  let monitor: Monitor | undefined;
  const tell: Tell = (message, level) => {
    log(message, level);
    monitor?.trouble(message, level);
  };
  const warning = volatileCacheWarning(config.cache);
  if (warning !== undefined) tell(warning);
  try {
    // Shortcuts are for runs and watches: whoever asks here gets the model's answer, and nothing beside it.
    const recipe = recipeOf({ ...config, provenance: undefined, cluster: undefined, rare: undefined });
    using stopping = new Stopping(io.signal, config.grace, tell);
    const parts = await openAnswerParts(config, recipe, tell);
    await using ends = new AsyncDisposableStack();
    try {
      const answers = openAnswers(config, {
        ...parts,
        // Places are given out by the desk, and a slow sender must not keep one from others.
        objects: config.maxRequests,
        lingerSeconds: config.linger,
        onTrouble: tell,
        onCall: (call) => monitor?.callEnded(call),
        signal: stopping.end,
      });
      const desk = new RequestDesk({ ...config, stop: io.signal, signal: stopping.end });
      const observed = {
        begun: (...given: Parameters<Monitor["begun"]>) => monitor?.begun(...given),
        ended: (...given: Parameters<Monitor["ended"]>) => monitor?.ended(...given),
        rejected: (...given: Parameters<Monitor["rejected"]>) => monitor?.rejected(...given),
      };
      await using menus = config.terms === undefined ? undefined : await openMenus(
        { ...config, terms: config.terms },
        { desk, observer: observed, tell, signal: stopping.end },
      );
      const serving = { ...config, answers, desk, recipe };
      await using server = await LiveServer.open(config, {
        tell,
        routes: {
          "POST /v1/records": recordsRoute({
            ...serving,
            scanner: new LineScanner({ recipe }),
            observer: observed,
            tell,
          }),
          "POST /v1/answers": answersRoute({
            ...serving,
            onAnswered: (...given) => monitor?.answered(...given),
          }),
          "GET /v1/openapi.json": openApiRoute(),
          ...menus?.routes,
        },
      });
      const fleet = await watchQueue(config, ends, tell);
      monitor = openMonitor(server.page, {
        command: "serve",
        parts,
        answers,
        requests: () => desk.counts,
        fleet: () => fleet?.view,
        pricePer1000: config.pricePer1000,
        stop: io.signal,
      });
      log(`Serving on ${server.url}`, "info", { url: server.url });
      await stopped(io.signal);
      await desk.idle();
      monitor.end();
      answers.endOfObjects();
      await answers.close();
      const { done, failed, refused } = desk.counts;
      log(
        `Stopped: ${plural(done, "request")} answered, ${count(failed)} failed, ${count(refused)} refused`,
        "info",
        { done, failed, refused },
      );
      return exitStatus.done;
    } finally {
      monitor?.[Symbol.dispose]();
      await parts.close();
    }
  } catch (error) {
    tell(failureText(error), "error");
    return exitStatus.undone;
  }
}

/** Loaded where it is wanted: it has a dictionary with it. */
async function openMenus(...given: Parameters<typeof openMenuService>): ReturnType<typeof openMenuService> {
  return await (await import("./open_menu_service.ts")).openMenuService(...given);
}

/** Looks at the fleet's queue, for the page, where one is named; `ends` ends it. */
async function watchQueue(
  config: ServeConfig,
  ends: AsyncDisposableStack,
  tell: Tell,
): Promise<QueueWatch | undefined> {
  const { queue } = config;
  if (queue === undefined) return undefined;
  const { QueueWatch } = await import("../../queue/queue_watch.ts");
  const fleet = ends.adopt(await openJobQueue({ ...config, queue }), (fleet) => fleet.close());
  return ends.use(new QueueWatch(fleet, tell));
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
