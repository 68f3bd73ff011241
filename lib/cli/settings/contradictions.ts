import { parseObjectUrl } from "../../stores/object_url.ts";
import type { Config } from "./sections.ts";

/** Built settings of which a command may take some sections only, and of these some settings. */
export type PartialConfig = { readonly [Section in keyof Config]?: Partial<Config[Section]> };

/** What is wrong with settings that are right each by itself, of those that a command takes. */
export function contradictions(
  { cache, destination, fleet, model, recipe, s3, shortcuts, source }: PartialConfig,
): string[] {
  const problems: string[] = [];
  if (fleet?.url !== undefined && /^(?:memory|none):$/.test(cache?.url ?? "")) {
    problems.push(
      `Cannot use fleet with cache ${cache?.url}: processes find each other's answers in a cache that they share`,
    );
  }
  if (fleet?.url !== undefined && shortcuts?.cluster) {
    problems.push("Cannot use fleet with cluster: each process knows its own near titles only");
  }
  const { since, until } = source ?? {};
  if (since !== undefined && until !== undefined && since >= until) {
    problems.push(
      `Cannot use since and until together: since (${written(since)}) must be before until (${
        written(until)
      })`,
    );
  }
  if (s3?.sseKmsKeyId !== undefined && s3.sse !== "aws:kms") {
    problems.push(`Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not ${s3.sse ?? "left out"}`);
  }
  if ((model?.cert === undefined) !== (model?.key === undefined)) {
    problems.push(
      `Cannot use ${
        model?.cert === undefined ? "modelKey" : "modelCert"
      } alone: a client certificate needs both modelCert and modelKey`,
    );
  }
  const provenance = shortcuts?.provenance;
  const taken = (["companyField", "titleField", "outputField"] as const)
    .find((name) => provenance !== undefined && recipe?.[name] === provenance);
  if (taken !== undefined) {
    problems.push(`Cannot use provenance ${provenance}: it is the ${taken} already`);
  }
  const isSkipping = shortcuts?.fill === true || (shortcuts?.rare ?? 1) < 1;
  if (isSkipping && destination?.url !== undefined && parseObjectUrl(destination.url).kind === "postgres") {
    problems.push(
      `Cannot use ${
        shortcuts?.fill ? "fill" : "rare"
      } with a database: it has no place for the list of what was skipped`,
    );
  }
  return problems;
}

/** A point in time as people read it, in UTC. */
function written(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString().replace(".000Z", "Z");
}
