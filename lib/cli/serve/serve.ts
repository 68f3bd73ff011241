import type { QueueWatch } from "../../queue/queue_watch.ts";
import { answersRoute } from "../../service/answers_route.ts";
import { openApiRoute } from "../../service/openapi.ts";
import { recordsRoute } from "../../service/records_route.ts";
import { RequestDesk } from "../../service/request_desk.ts";
import { zstd } from "../../sources/zstd.ts";
import type { Monitor } from "../../telemetry/monitor.ts";
import { LineScanner } from "../../records/scan/scan_lines.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { count, plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { isStop, reportFailure } from "../failure.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { LiveServer } from "./live_server.ts";
import { failureFields } from "../../telemetry/failure_fields.ts";
import { openLog } from "../../telemetry/log.ts";
import { openAnswers } from "../open/open_answers.ts";
import type { MenuService, MenuServiceConfig, MenuServiceOptions } from "./open_menu_service.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { openMonitor } from "./open_monitor.ts";
import { type AnswerPartsConfig, openAnswerParts } from "../open/open_parts.ts";
import { recipeOf } from "../open/recipe_of.ts";
import { Stopping } from "../stopping.ts";
import { volatileCacheWarning } from "../run/volatile_cache_warning.ts";

/** The settings of a service. Shortcuts are for runs: a request gets the model's answer, and nothing beside it. */
export type ServeConfig = AnswerPartsConfig & Omit<MenuServiceConfig, "match" | "records" | "service"> & {
  readonly match: Config["match"];
  readonly destination: Pick<Config["destination"], "maxRejects">;
  readonly recipe: Config["recipe"];
  readonly records: Omit<Config["records"], "format">;
  readonly job: Pick<Config["job"], "graceSeconds" | "ledger">;
  readonly concurrency: Pick<Config["concurrency"], "maxInFlightBytes">;
  readonly watch: Pick<Config["watch"], "lingerSeconds">;
  readonly queue: Taking<"queue", "url" | "name" | "ca">;
  readonly service: Config["service"];
  readonly output: Pick<Config["output"], "logFormat" | "logLevel">;
};

/** Answers requests until it is stopped; resolves to the exit status. */
export async function serve(config: ServeConfig, io: Io): Promise<number> {
  const log = openLog(config.output, io);
  let monitor: Monitor | undefined;
  const tell: Tell = (message, level, fields) => {
    log(message, level, fields);
    monitor?.trouble(message, level);
  };
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) tell(warning);
  try {
    const { match, service } = config;
    const recipe = recipeOf(config);
    using stopping = new Stopping(io.signal, config.job.graceSeconds, tell);
    const parts = await openAnswerParts(config, recipe, tell);
    await using ends = new AsyncDisposableStack();
    try {
      // The desk limits the requests, and a slow sender must not keep others from being answered.
      const concurrency = { ...config.concurrency, objects: service.maxRequests };
      const answers = openAnswers({ ...config, concurrency }, {
        ...parts,
        lingerSeconds: config.watch.lingerSeconds,
        onTrouble: tell,
        onCall: (call) => monitor?.callEnded(call),
        signal: stopping.end,
      });
      const desk = new RequestDesk({
        maxRequests: service.maxRequests,
        requestTimeoutSeconds: service.requestTimeoutSeconds,
        stop: io.signal,
        signal: stopping.end,
      });
      const observed = {
        begun: (...given: Parameters<Monitor["begun"]>) => monitor?.begun(...given),
        ended: (...given: Parameters<Monitor["ended"]>) => monitor?.ended(...given),
        rejected: (...given: Parameters<Monitor["rejected"]>) => monitor?.rejected(...given),
      };
      await using menus = match.terms === undefined ? undefined : await openMenuRoutes(
        { ...config, match: { ...match, terms: match.terms } },
        { desk, observer: observed, tell, signal: stopping.end },
      );
      const { maxBodyBytes, minBodyRate } = service;
      const { maxCallBytes } = config.model;
      const { maxRejects } = config.destination;
      const serving = {
        ...config.records,
        zstd,
        maxRejects,
        maxBodyBytes,
        minBodyRate,
        maxCallBytes,
        answers,
        desk,
        recipe,
      };
      await using server = await LiveServer.open(service, {
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
      const watch = await watchQueue(config.queue, ends, tell);
      monitor = openMonitor(server.page, {
        command: "serve",
        parts,
        answers,
        requests: () => desk.counts,
        fleet: () => watch?.view,
        pricePer1000: service.pricePer1000,
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
      return stopping.end.aborted ? exitStatus.undone : exitStatus.done;
    } finally {
      monitor?.[Symbol.dispose]();
      await parts.close();
    }
  } catch (error) {
    if (isStop(error, io.signal)) {
      log(`${io.signal.reason.message}, before the first request`, "info");
      return exitStatus.done;
    }
    return reportFailure(error, io.signal, (text) => tell(text, "error", failureFields(error)));
  }
}

/** Loaded only if it is wanted: it has a dictionary with it. */
async function openMenuRoutes(config: MenuServiceConfig, options: MenuServiceOptions): Promise<MenuService> {
  return await (await import("./open_menu_service.ts")).openMenuService(config, options);
}

/** Follows the state of the job queue, for the page, if one is named; `ends` ends it. */
async function watchQueue(
  { url, name, ca }: ServeConfig["queue"],
  ends: AsyncDisposableStack,
  tell: Tell,
): Promise<QueueWatch | undefined> {
  if (url === undefined) return undefined;
  const { QueueWatch } = await import("../../queue/queue_watch.ts");
  const queue = ends.adopt(await openJobQueue({ url, name, ca }), (queue) => queue.close());
  return ends.use(new QueueWatch(queue, tell));
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
