import { dirname, join } from "node:path";
import type { Cache } from "../../caches/cache.ts";
import { openCache } from "../../caches/open_cache.ts";
import type { OpenedCoordinator } from "../../coordination/open_coordinator.ts";
import { kindOf, SluiceError } from "../../errors/sluice_error.ts";
import type { Model } from "../../models/model.ts";
import { answersFingerprint, type Recipe } from "../../recipe/recipe.ts";
import { skippedPrefix } from "../../sinks/object_sink.ts";
import { openSink, type OpenSinkOptions } from "../../sinks/open_sink.ts";
import type { Sink } from "../../sinks/sink.ts";
import { openSource } from "../../sources/open_source.ts";
import type { Source } from "../../sources/source.ts";
import { isStandardStream } from "../../stores/object_url.ts";
import { isNested, openStore } from "../../stores/open_store.ts";
import type { Store } from "../../stores/store.ts";
import type { Tell } from "../../text/tell.ts";
import type { Config, Taking } from "../settings/sections.ts";
import type { StandardStreams } from "./standard_streams.ts";
import { openModel } from "./open_model.ts";
import { callsPerSecondOf } from "./open_answers.ts";

/** What answers questions: the outside parts of a service. */
export interface AnswerParts {
  readonly cache: Cache;
  readonly model: Model;
  readonly coordinator: OpenedCoordinator | undefined;
  close(): Promise<void>;
}

/** The outside parts that a run is made of. */
export interface Parts extends AnswerParts {
  readonly source: Source;
  readonly destination: Sink;
}

/** Where a source is, and how long it may be silent. */
export type SourceConfig =
  & Pick<Config["source"], "url">
  & Partial<Pick<Config["source"], "idleTimeoutSeconds" | "skipArchived">>;

/** How S3 is reached; encryption is for what is written. */
export type S3Config = Taking<"s3", "ca" | "timeoutSeconds">;

/**
 * @param destination Where outputs go, if that is known: they must not be read as objects.
 * @throws {SluiceError} One lies in the other; or as {@linkcode openSource} does.
 */
export async function openConfiguredSource(
  { idleTimeoutSeconds: idleSeconds, skipArchived, url }: SourceConfig,
  s3: S3Config,
  destination?: { readonly url: string | undefined },
  { onTrouble, streams }: Pick<DestinationOptions, "onTrouble" | "streams"> = {},
): Promise<Source> {
  if (streams !== undefined && isStandardStream(url)) return streams.source();
  if (destination?.url !== undefined) refuseNested(url, destination.url);
  return await openSource(url, { ...s3, idleSeconds, onTrouble, skipArchived });
}

/** @throws {SluiceError} One place lies in the other; or an address cannot be used. */
export function refuseNested(from: string, to: string): void {
  if (isStandardStream(from) || isStandardStream(to) || !isNested(from, to)) return;
  throw new SluiceError({
    kind: "input",
    action: "read",
    subject: `${from} and write ${to}`,
    reason:
      "one lies in the other, so outputs would be taken for objects; name separate places with --from and --to",
  });
}

/** Where a destination is. */
export interface DestinationConfig {
  readonly destination: Pick<Config["destination"], "url">;
  readonly s3: S3Config;
  readonly postgres: Config["postgres"];
}

/** What a run gives its destination. */
export type DestinationOptions =
  & Pick<OpenSinkOptions, "journal" | "maxPartsInFlight" | "onTrouble" | "partSizeBytes">
  & {
    /** Where standard input and output may be read and written. */
    readonly streams?: StandardStreams;
  };

export async function openDestination(
  { destination, postgres, s3 }: DestinationConfig,
  { streams, ...options }: DestinationOptions = {},
): Promise<Sink> {
  if (streams !== undefined && isStandardStream(destination.url)) return streams.sink();
  return await openSink(destination.url, { ...s3, postgres, ...options });
}

/** The destination's lists of what its outputs hold no answers for. */
export function openSkipped(
  { url }: DestinationConfig["destination"],
  s3: S3Config,
): Promise<Store> {
  return openStore(`${url.replace(/\/*$/, "")}/${skippedPrefix}`, { ...s3, role: "destination" });
}

/** The settings of a cache, and of the file beside which its Bloom filters are kept. */
export interface RecipeCacheConfig {
  readonly cache: Taking<"cache", "url">;
  readonly job: Pick<Config["job"], "ledger">;
}

/** Opens the cache for the answers of a recipe. */
export async function openRecipeCache(
  { cache, job }: RecipeCacheConfig,
  recipe: Recipe,
  onTrouble?: Tell,
): Promise<Cache> {
  const bloomFolder = join(dirname(job.ledger), "bloom");
  return await openCache(cache, await answersFingerprint(recipe), { bloomFolder, onTrouble });
}

/** The settings of all that answers. */
export interface AnswerPartsConfig extends RecipeCacheConfig, Omit<CoordinatorConfig, "cache"> {
  readonly model: Config["model"];
}

/**
 * Opens them all; what was opened is closed again if one of them cannot be.
 *
 * @throws {Error} As the stores, caches and models do; or source and destination lie in each other.
 */
export function openParts(
  config: AnswerPartsConfig & DestinationConfig & { readonly source: SourceConfig },
  recipe: Recipe,
  options: DestinationOptions,
): Promise<Parts> {
  return openAll(async (keep, close) => ({
    source: await keep(openConfiguredSource(config.source, config.s3, config.destination, options)),
    destination: await keep(openDestination(config, options)),
    ...await openAnswering(config, recipe, keep, options.onTrouble),
    close,
  }));
}

/** The same without stores. */
export function openAnswerParts(
  config: AnswerPartsConfig,
  recipe: Recipe,
  onTrouble: Tell,
): Promise<AnswerParts> {
  return openAll(async (keep, close) => ({ ...await openAnswering(config, recipe, keep, onTrouble), close }));
}

/** How the other processes are reached. */
export interface CoordinatorConfig {
  readonly fleet: Config["fleet"];
  readonly cache: Taking<"cache", never>;
  readonly queue: Taking<"queue", never>;
  readonly model: Pick<Config["model"], "url" | "callsPerSecond">;
}

/** Opens the coordination with other processes, if the settings name one. */
export async function openConfiguredCoordinator(
  { cache, fleet, model: modelConfig, queue }: CoordinatorConfig,
  recipe: Recipe,
  model: Model,
): Promise<OpenedCoordinator | undefined> {
  if (fleet.url === undefined) return undefined;
  // Loaded only if it is wanted: it takes time.
  const { openCoordinator } = await import("../../coordination/open_coordinator.ts");
  return await openCoordinator(fleet.url, {
    // If it is the queue's Redis, it is reached like that.
    ca: (fleet.url === queue.url ? queue.ca : undefined) ?? cache.ca,
    timeoutSeconds: cache.timeoutSeconds,
    namespace: await answersFingerprint(recipe),
    model: model.url,
    callsPerSecond: callsPerSecondOf(modelConfig),
  });
}

async function openAnswering(
  config: AnswerPartsConfig,
  recipe: Recipe,
  keep: Keep,
  onTrouble?: Tell,
): Promise<Omit<AnswerParts, "close">> {
  const cache = await keep(openRecipeCache(config, recipe, onTrouble));
  const model = await keep(openModel(config.model));
  const opened = await openConfiguredCoordinator(config, recipe, model);
  const coordinator = opened && await keep(Promise.resolve(opened));
  await refuseUnusable((signal) => cache.connect?.(signal), config.cache.required === true);
  await refuseUnusable((signal) => coordinator?.check(signal));
  return { cache, model, coordinator };
}

/**
 * Connects to what questions depend on, before any is asked: at an address that does not fit its server, each run would
 * pay for all answers again. A server that is down is no error, unless it is required.
 *
 * @throws {SluiceError} It cannot be used.
 */
async function refuseUnusable(
  connect: (signal: AbortSignal) => Promise<unknown> | undefined,
  isRequired = false,
): Promise<void> {
  try {
    await connect(new AbortController().signal);
  } catch (error) {
    if (isRequired || kindOf(error) === "settings") throw error;
  }
}

interface Closeable {
  close(): Promise<void>;
}

type Keep = <T extends Closeable>(opening: Promise<T>) => Promise<T>;

/** Opens several parts; what was opened is closed again if one of them cannot be. */
async function openAll<T>(open: (keep: Keep, close: () => Promise<void>) => Promise<T>): Promise<T> {
  const opened: Closeable[] = [];
  const keep: Keep = async (opening) => {
    const part = await opening;
    opened.push(part);
    return part;
  };
  const close = async () => {
    const ended = await Promise.allSettled(opened.map((part) => part.close()));
    const failure = ended.find((end) => end.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  };
  try {
    return await open(keep, close);
  } catch (error) {
    await close();
    throw error;
  }
}
