import { type Selection, skipReasonOf } from "../../jobs/plan.ts";
import type { Menus } from "../../menus/menus.ts";
import { openObject } from "../../stores/open_object.ts";
import { formatOf } from "../../records/record_format.ts";
import { parseObjectUrl } from "../../stores/object_url.ts";
import { openStore } from "../../stores/open_store.ts";
import type { S3Config } from "../open/open_parts.ts";

/**
 * Opens what `--from` names: a file of any name, an S3 object ending in `.csv` or `.csv.gz`, or all objects of such names
 * under a folder or prefix.
 *
 * @throws {Error} It is not there; or as the stores do.
 */
export async function openMenus(
  from: string,
  selection: Selection,
  s3: S3Config,
  signal: AbortSignal,
): Promise<Menus> {
  if (await isOneObject(from)) {
    const opened = await openObject(from, { ...s3, signal });
    const { object: { name }, store } = opened;
    return {
      url: store.url + name,
      source: store.url,
      async *objects() {
        yield { name, opened };
      },
      [Symbol.asyncDispose]: () => store.close(),
    };
  }
  const store = await openStore(from, { ...s3, role: "source", skipArchived: selection.skipArchived });
  const skipReason = skipReasonOf(selection);
  return {
    url: store.url,
    source: store.url,
    async *objects(signal, onSkipped) {
      for await (const page of store.list(signal, { anyOrder: true, onSkipped })) {
        for (const object of page) {
          const { name } = object;
          const isCsv = formatOf(name, selection.format) === "csv";
          const reason = skipReason(object) ?? (isCsv ? undefined : "not_a_record_file" as const);
          if (reason === undefined) yield { name, opened: { store, object } };
          else onSkipped?.({ name, reason });
        }
      }
    },
    guess: async (signal) => await store.guess?.(signal),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function isOneObject(url: string): Promise<boolean> {
  const target = parseObjectUrl(url);
  if (target.kind === "s3") return formatOf(url) === "csv";
  if (target.kind === "postgres") return false;
  return (await Deno.stat(target.path).catch(() => undefined))?.isFile === true;
}
