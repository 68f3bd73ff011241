import { sqlitePath } from "../../caches/open_cache.ts";
import type { OpenedCoordinator } from "../../coordination/open_coordinator.ts";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { type Recipe, recipeFingerprint } from "../../recipe/recipe.ts";
import type { Config, Taking } from "../settings/sections.ts";
import { ConditionFailedError, type Store, type StoredObject } from "../../stores/store.ts";
import { duration, plural } from "../../text/format.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { openEventQueue } from "../open/open_event_queue.ts";
import {
  type AnswerPartsConfig,
  type DestinationConfig,
  openConfiguredCoordinator,
  openDestination,
  openRecipeCache,
  openSource,
  type SourceConfig,
} from "../open/open_parts.ts";
import { recipeOf } from "../open/recipe_of.ts";
import { fileExists } from "../open/file_exists.ts";
import { openModel } from "../open/open_model.ts";
import { volatileCacheWarning } from "./volatile_cache_warning.ts";

/** The settings of all that is checked. */
export interface CheckConfig extends AnswerPartsConfig, DestinationConfig {
  readonly source: SourceConfig;
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
 * the exit status. Asks the model nothing. Writes nothing unless `probe` is set.
 */
export async function check(config: CheckConfig, { probe }: CheckOptions, io: Io): Promise<number> {
  const recipe = recipeOf(config);
  let allWell = true;
  const attempt = async (what: string, work: (signal: AbortSignal) => Promise<string>) => {
    const started = performance.now();
    let line: string;
    try {
      const found = await work(AbortSignal.any([io.signal, AbortSignal.timeout(checkTimeoutMs)]));
      line = `ok      ${what.padEnd(12)} ${found} (${duration((performance.now() - started) / 1000)})`;
    } catch (error) {
      io.signal.throwIfAborted();
      allWell = false;
      const isTimeout = error instanceof DOMException && error.name === "TimeoutError";
      line = `FAILED  ${what.padEnd(12)} ${
        isTimeout
          ? `Cannot check the ${what}: no answer in ${duration(checkTimeoutMs / 1000)}`
          : reasonOf(error)
      }`;
    }
    io.stdout(`${line}\n`);
  };
  await attempt(
    "source",
    (signal) =>
      using(openSource(config.source, config.s3, config.destination), (source) => firstPage(source, signal)),
  );
  await attempt(
    "destination",
    (signal) =>
      using(
        openDestination(config),
        (destination) => destination.describe?.(signal) ?? firstPage(destination, signal),
      ),
  );
  if (probe) {
    await attempt(
      "writing",
      (signal) =>
        using(
          openDestination(config),
          (destination) => destination.probe?.(signal) ?? probeWrites(destination, signal),
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
          async (fleet) => `${fleet.name} of ${fleet.url}, ${await fleet.check(signal)}`,
        ),
    );
  }
  await attempt("cache", async (signal) => {
    const path = sqlitePath(config.cache.url);
    if (path !== undefined && !await fileExists(path)) {
      return `sqlite:${path}, not there yet: a run creates it`;
    }
    return await using(
      openRecipeCache(config, recipe),
      async (cache) => `${cache.url}, ${await cache.check(signal)}`,
    );
  });
  const warning = volatileCacheWarning(config.cache.url);
  if (warning !== undefined) io.stdout(`WARNING ${"cache".padEnd(12)} ${warning}\n`);
  await attempt(
    "model",
    (signal) => using(openModel(config.model), async (model) => `${model.url}, ${await model.check(signal)}`),
  );
  if (config.fleet.url !== undefined) {
    await attempt(
      "fleet",
      (signal) => using(openCoordinatorAlone(config, recipe), (fleet) => fleet.check(signal)),
    );
  }
  io.stdout(
    `recipe  ${await recipeFingerprint(recipe)}: ${recipe.companyField} and ${recipe.titleField} to ` +
      `${recipe.outputField}, model ${recipe.modelName} ${recipe.modelVersion}, keys ${recipe.normalize}\n`,
  );
  return allWell ? exitStatus.done : exitStatus.undone;
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

async function firstPage(store: Store, signal: AbortSignal): Promise<string> {
  let first: StoredObject[] = [];
  for await (const page of store.list(signal)) {
    first = page;
    break;
  }
  if (first.length === 0) return `${store.url}: no objects`;
  return `${store.url}: ${plural(first.length, "object")} in the first page of its listing, from ${
    first[0]!.name
  } on`;
}

/** Tries a write, and whether conditions are kept, on an object that is removed again. */
async function probeWrites(store: Store, signal: AbortSignal): Promise<string> {
  const name = `_sluice-probe-${crypto.randomUUID()}.jsonl`;
  const options = { condition: { ifAbsent: true }, contentType: "application/x-ndjson", signal } as const;
  const bytes = new TextEncoder().encode("{}\n");
  const complete = async () => {
    const upload = await store.startUpload(name, options);
    try {
      await upload.part(1, 0, bytes, signal);
      await upload.complete(signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  };
  const remove = () => store.remove(name, AbortSignal.timeout(checkTimeoutMs));
  try {
    await complete();
    try {
      await complete();
    } catch (error) {
      if (!(error instanceof ConditionFailedError)) throw error;
      await remove();
      return `${store.url}: a write in parts works, and its condition is kept`;
    }
    throw new SluiceError({
      kind: "sink",
      action: "rely on",
      subject: store.url,
      reason: "it let a write replace an existing object, although the condition forbade it; " +
        "two runs at once may overwrite each other's outputs",
    });
  } catch (error) {
    await remove().catch(() => {}); // what failed before is what matters
    throw error;
  }
}
