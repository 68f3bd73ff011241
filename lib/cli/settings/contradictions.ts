import { canListSkipped } from "../../sinks/sink_abilities.ts";
import { cacheAddress } from "../../caches/cache_address.ts";
import { isStandardStream } from "../../stores/object_url.ts";
import { ConfigError } from "../../settings/config_error.ts";
import { printableAddress } from "../../text/printable_address.ts";
import { referenceModelName, referenceUrl } from "../../seniority/model_names.ts";
import type { Config } from "./sections.ts";

/** Built settings of which a command may take some sections only, and of these some settings. */
export type PartialConfig = { readonly [Section in keyof Config]?: Partial<Config[Section]> };

/** Settings that are right each by itself, and not together. */
export interface Contradiction {
  /** The flat names of the settings. */
  readonly settings: readonly string[];
  readonly problem: string;
}

/** What contradicts each other, of the settings that a command takes. */
export function contradictions(
  { cache, destination, fleet, model, output, recipe, s3, shortcuts, source }: PartialConfig,
): Contradiction[] {
  const found: Contradiction[] = [];
  const add = (settings: readonly string[], problem: string) => found.push({ settings, problem });
  if (fleet?.url !== undefined && cacheAddress(cache?.url ?? "")?.reach === "process") {
    add(
      ["fleet", "cache"],
      `Cannot use fleet with cache ${
        printableAddress(cache!.url!)
      }: processes find each other's answers in a cache that they share`,
    );
  }
  if (cache?.required && cacheAddress(cache.url ?? "")?.reach === "process") {
    add(
      ["requireCache", "cache"],
      `Cannot use requireCache with cache ${cache.url}: no answer outlives the process in it`,
    );
  }
  if (fleet?.url !== undefined && shortcuts?.cluster) {
    add(["fleet", "cluster"], "Cannot use fleet with cluster: each process knows its own near titles only");
  }
  const { since, until } = source ?? {};
  if (since !== undefined && until !== undefined && since >= until) {
    add(
      ["since", "until"],
      `Cannot use since and until together: since (${written(since)}) must be before until (${
        written(until)
      })`,
    );
  }
  if (isStandardStream(source?.url)) {
    if (destination?.url !== undefined && !isStandardStream(destination.url)) {
      add(
        ["from", "to"],
        "Cannot use from - with to: an output has its object's name, and standard input has none; use --to - and redirect it",
      );
    }
    for (const name of ["include", "exclude", "since", "until", "shard"] as const) {
      if (source?.[name] !== undefined) {
        add([name], `Cannot use ${name} with from -: there is nothing to choose`);
      }
    }
  }
  if (output?.rejects !== undefined && !isStandardStream(destination?.url)) {
    add(["rejects"], "Cannot use rejects without to -: the rejects of objects are kept beside their outputs");
  }
  if (s3?.sseKmsKeyId !== undefined && s3.sse !== "aws:kms") {
    add(
      ["s3SseKmsKeyId"],
      `Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not ${s3.sse ?? "left out"}`,
    );
  }
  if ((model?.cert === undefined) !== (model?.key === undefined)) {
    const given = model?.cert === undefined ? "modelKey" : "modelCert";
    add([given], `Cannot use ${given} alone: a client certificate needs both modelCert and modelKey`);
  }
  const isReference = model?.url === referenceUrl;
  const name = model?.url === undefined ? undefined : recipe?.modelName;
  if (name !== undefined && isReference !== (name === referenceModelName)) {
    add(
      ["model", "modelName"],
      isReference
        ? `Cannot use model ${referenceUrl} with modelName ${name}: its answers are made up, and would be kept as ` +
          `those of ${name}; leave modelName out, or set it to ${referenceModelName}`
        : `Cannot use modelName ${name} for this model: it is the word list's (model ${referenceUrl}), whose ` +
          "answers are made up; choose another name",
    );
  }
  const outputField = recipe?.outputField;
  const asked = (["companyField", "titleField"] as const)
    .find((name) => outputField !== undefined && recipe?.[name] === outputField);
  if (asked !== undefined) {
    add(
      ["outputField", asked],
      `Cannot use outputField ${outputField}: it is the ${asked}, and the answer would replace what was asked about; choose another --output-field`,
    );
  }
  const provenance = shortcuts?.provenance;
  const taken = (["companyField", "titleField", "outputField"] as const)
    .find((name) => provenance !== undefined && recipe?.[name] === provenance);
  if (taken !== undefined) {
    add(["provenance", taken], `Cannot use provenance ${provenance}: it is the ${taken} already`);
  }
  const skipping = shortcuts?.fill ? "fill" : (shortcuts?.rare ?? 1) < 1 ? "rare" : undefined;
  const hasNoLists = destination?.url !== undefined && !canListSkipped(destination.url);
  if (skipping !== undefined && hasNoLists) {
    add(
      [skipping, "to"],
      `Cannot use ${skipping} with ${
        isStandardStream(destination?.url) ? "standard output" : "a database"
      }: it has no place for the list of what was skipped`,
    );
  }
  return found;
}

/** @throws {ConfigError} Naming all contradictions. */
export function refuseContradictions(config: PartialConfig): void {
  const found = contradictions(config);
  if (found.length > 0) throw new ConfigError(found.map(({ problem }) => problem));
}

/** A point in time as text, in UTC. */
function written(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(".000Z", "Z");
}
