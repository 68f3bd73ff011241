import { referenceModelName, referenceUrl, seniorityModelName } from "../../seniority/model_names.ts";

/** The model's name in the recipe, unless it is set. */
export function defaultModelName(url: string | undefined): string {
  return url === referenceUrl ? referenceModelName : seniorityModelName;
}

/** Calls a second, unless they are set: a model behind gRPC is slow and costly, one in this process is neither. */
export function defaultCallsPerSecond(url: string | undefined): number {
  return url === referenceUrl ? Infinity : 1;
}
