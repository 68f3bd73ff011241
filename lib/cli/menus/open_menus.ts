import { objectFilter, type Selection } from "../../jobs/plan.ts";
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
    const opened = await openObject(from, { ca: s3.ca, timeoutSeconds: s3.timeoutSeconds, signal });
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
  const store = await openStore(from, { role: "source", ...s3 });
  const isSelected = objectFilter(selection);
  return {
    url: store.url,
    source: store.url,
    async *objects(signal) {
      for await (const page of store.list(signal)) {
        for (const object of page) {
          const isTaken = formatOf(object.name) === "csv" && isSelected(object);
          yield { name: object.name, opened: isTaken ? { store, object } : undefined };
        }
      }
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

async function isOneObject(url: string): Promise<boolean> {
  const target = parseObjectUrl(url);
  if (target.kind === "s3") return formatOf(url) === "csv";
  if (target.kind === "postgres") return false;
  return (await Deno.stat(target.path).catch(() => undefined))?.isFile === true;
}
