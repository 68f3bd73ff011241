import { cacheAddress } from "../../caches/cache_address.ts";
import type { OpenedCoordinator } from "../../coordination/open_coordinator.ts";
import { kindOf, reasonOf } from "../../errors/sluice_error.ts";
import { type Recipe, recipeFingerprint } from "../../recipe/recipe.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { isStandardStream, parseObjectUrl } from "../../stores/object_url.ts";
import { duration } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { openEventQueue } from "../open/open_event_queue.ts";
import {
  type AnswerPartsConfig,
  type DestinationConfig,
  openConfiguredCoordinator,
  openConfiguredSource,
  openDestination,
  openRecipeCache,
} from "../open/open_parts.ts";
import { recipeOf } from "../open/recipe_of.ts";
import { zstd } from "../../sources/zstd.ts";
import { selectionOf } from "../open/selection_of.ts";
import { checkCreatable } from "./check_creatable.ts";
import { checkRecords } from "./check_records.ts";
import { fileExists } from "../open/file_exists.ts";
import { openStandardStreams, usesStandardStreams } from "../open/standard_streams.ts";
import { openModel } from "../open/open_model.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** The settings of all that is checked. */
export interface CheckConfig extends AnswerPartsConfig, DestinationConfig {
  readonly source: Config["source"];
  readonly destination: Pick<Config["destination"], "url" | "overwrite" | "maxRejects">;
  readonly records: Config["records"];
  readonly model: Config["model"];
  readonly output: Taking<"output", "allowEmpty">;
  readonly recipe: Config["recipe"];
  readonly shortcuts: Config["shortcuts"];
  readonly watch: Taking<"watch", "events">;
  readonly queue: Taking<"queue", "url" | "name" | "ca">;
}

export interface CheckOptions {
  /** Also try a write and a conditional one. */
  readonly probe: boolean;
}

/** How long one check may take, in milliseconds. */
const checkTimeoutMs = 15_000;

/**
 * Connects to everything that a run would use, and prints on standard output what works and what does not; resolves to
 * the exit status. Reads the first records of the source. Asks the model nothing. Writes nothing unless `probe` is set.
 */
export async function check(config: CheckConfig, { probe }: CheckOptions, io: Io): Promise<number> {
  const recipe = recipeOf(config);
  await using streams = usesStandardStreams(config) ? await openStandardStreams(io) : undefined;
  let allWell = true, isEmpty = false;
  const attempt = async (what: string, work: (signal: AbortSignal) => Promise<string>): Promise<boolean> => {
    const started = performance.now();
    try {
      const found = await work(AbortSignal.any([io.signal, AbortSignal.timeout(checkTimeoutMs)]));
      print(io, `ok      ${what.padEnd(12)} ${found} (${duration((performance.now() - started) / 1000)})\n`);
      return true;
    } catch (error) {
      io.signal.throwIfAborted();
      if (kindOf(error) === "empty") isEmpty = true;
      else allWell = false;
      const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
      const problem = isTimeout
        ? `Cannot check the ${what}: no answer in ${duration(checkTimeoutMs / 1000)}`
        : reasonOf(error);
      print(io, `FAILED  ${what.padEnd(12)} ${problem}\n`);
      return false;
    }
  };
  const skip = (what: string, reason: string) => print(io, `SKIPPED ${what.padEnd(12)} ${reason}\n`);
  const isListed = await attempt(
    "source",
    (signal) =>
      using(
        openConfiguredSource(config.source, config.s3, config.destination, { streams }),
        (source) => source.describe(signal),
      ),
  );
  if (streams !== undefined) skip("records", "standard input can be read once only");
  else if (isListed) {
    await attempt(
      "records",
      (signal) =>
        using(
          openConfiguredSource(config.source, config.s3, config.destination),
          (source) =>
            checkRecords({
              ...selectionOf(config.source),
              ...config.records,
              zstd,
              maxCallBytes: config.model.maxCallBytes,
              maxRejects: config.destination.maxRejects,
              recipe,
              source,
              signal,
            }),
        ),
    );
  }
  await attempt("destination", async (signal) => {
    const folder = folderOf(config.destination.url);
    if (folder !== undefined) await checkCreatable(folder, { kind: "sink", setting: "to" });
    return await using(
      openDestination(config, { streams }),
      (destination) => destination.describe(signal, recipe.outputField),
    );
  });
  if (!probe) {
    skip("writing", "not tried without --probe, which writes under the destination and removes it again");
  } else {
    await attempt(
      "writing",
      (signal) =>
        using(
          openDestination(config, { streams }),
          (destination) => destination.probe(signal),
        ),
    );
  }
  const { events } = config.watch;
  if (events !== undefined) {
    await attempt(
      "events",
      (signal) =>
        using(
          openEventQueue(events, config.s3),
          async (queue) => `${queue.url}, ${await queue.check(signal)}`,
        ),
    );
  }
  const { url: queueUrl } = config.queue;
  if (queueUrl !== undefined) {
    await attempt(
      "queue",
      (signal) =>
        using(
          openJobQueue({ ...config.queue, url: queueUrl }),
          async (queue) => `${queue.name} of ${queue.url}, ${await queue.check(signal)}`,
        ),
    );
  }
  await attempt("cache", async (signal) => {
    const path = cacheAddress(config.cache.url)?.path;
    if (path !== undefined) {
      await checkCreatable(path, { kind: "cache", setting: "cache" });
      if (!await fileExists(path)) return `sqlite:${path}, not there yet: a run creates it`;
    }
    return await using(
      openRecipeCache(config, recipe),
      async (cache) => `${cache.url}, ${await cache.check(signal)}`,
    );
  });
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) print(io, `WARNING ${"cache".padEnd(12)} ${warning}\n`);
  await attempt(
    "model",
    (signal) => using(openModel(config.model), async (model) => `${model.url}, ${await model.check(signal)}`),
  );
  if (config.fleet.url !== undefined) {
    await attempt(
      "fleet",
      (signal) => using(openCoordinatorAlone(config, recipe), (coordinator) => coordinator.check(signal)),
    );
  }
  print(
    io,
    `recipe  ${await recipeFingerprint(recipe)}: ${recipe.companyField} and ${recipe.titleField} to ` +
      `${recipe.outputField}, model ${recipe.modelName} ${recipe.modelVersion}, keys ${recipe.normalize}\n`,
  );
  if (!allWell) return exitStatus.undone;
  return isEmpty && !config.output.allowEmpty ? exitStatus.empty : exitStatus.done;
}

/** The path of a folder; undefined for all other places, and for what is no address. */
function folderOf(url: string): string | undefined {
  if (isStandardStream(url)) return undefined;
  const place = parseObjectUrl(url);
  return place.kind === "directory" ? place.path : undefined;
}

async function openCoordinatorAlone(config: CheckConfig, recipe: Recipe): Promise<OpenedCoordinator> {
  const model = await openModel(config.model);
  try {
    return (await openConfiguredCoordinator(config, recipe, model))!;
  } finally {
    await model.close();
  }
}

async function using<T extends { close(): Promise<void> }>(
  opening: Promise<T>,
  work: (part: T) => Promise<string>,
): Promise<string> {
  const part = await opening;
  try {
    return await work(part);
  } finally {
    await part.close();
  }
}
