import type { CsvRange } from "../../records/csv/csv_range.ts";
import { kindOf, reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { objectFilter, type Selection } from "../../jobs/plan.ts";
import { type OpenedObject, openObject } from "../../stores/open_object.ts";
import { formatOf } from "../../records/record_format.ts";
import { parseObjectUrl } from "../../stores/object_url.ts";
import { openSource, type S3Config } from "../open/open_parts.ts";

/** An object of menus, or a part of one. */
export interface MenusObject {
  readonly name: string;
  /** Absent if it is not selected. */
  readonly opened?: OpenedObject;
  /** All of it by default. */
  readonly range?: CsvRange;
  /** To be called when it is done, or with the reason why it is not. Never rejects. */
  readonly onEnd?: (failure?: string) => Promise<void>;
}

/** Where menus come from. */
export interface Menus extends AsyncDisposable {
  readonly url: string;
  /** The store's URL. */
  readonly source: string;
  /** Each object, in the store's order or a queue's. */
  objects(signal: AbortSignal): AsyncIterable<MenusObject>;
  /** If others work on them too: whether all are done. Reports what is not. */
  isDone?(signal: AbortSignal): Promise<boolean>;
}

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
  const store = await openSource({ url: from }, s3);
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

/** The error for an object of menus that cannot be matched, say, with the kind and reason of what failed. */
export function menusError(action: string, address: string, error: unknown): SluiceError {
  const kind = kindOf(error);
  // What is wrong with its rows is not wrong with anything else.
  const reason = error instanceof SluiceError && kind === "data" ? error.reason : reasonOf(error, address);
  return new SluiceError({ kind, action, subject: address, reason, cause: error });
}
