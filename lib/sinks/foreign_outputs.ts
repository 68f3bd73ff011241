import type { Store, StoredObject } from "../stores/store.ts";

/** Outputs whose marks are asked for at once. */
const maxHeadsInFlight = 16;
/** Outputs looked at where each costs a request. */
const maxPaidHeads = 100;

/** How many outputs have no mark, of the first ones of a listing. */
export interface ForeignOutputs {
  /** Outputs that were looked at. */
  readonly counted: number;
  /** Of them, without a mark: a run does not replace them. */
  readonly foreign: number;
  /** The first one without a mark, by name; undefined if there is none. */
  readonly first: string | undefined;
}

/** Looks at the first page of a listing; of stores where that costs requests, at the first 100 outputs of it. */
export async function countForeignOutputs(
  store: Pick<Store, "abilities" | "head" | "list">,
  signal: AbortSignal,
): Promise<ForeignOutputs> {
  let page: StoredObject[] = [];
  for await (page of store.list(signal)) break;
  if (store.abilities.marksCostRequests) page = page.slice(0, maxPaidHeads);
  let foreign = 0, first: string | undefined;
  for (let at = 0; at < page.length; at += maxHeadsInFlight) {
    const heads = await Promise.all(
      page.slice(at, at + maxHeadsInFlight).map(({ name }) => store.head(name, signal)),
    );
    for (const output of heads) {
      if (output === undefined || output.mark !== undefined) continue;
      foreign++;
      first ??= output.name;
    }
  }
  return { counted: page.length, foreign, first };
}
