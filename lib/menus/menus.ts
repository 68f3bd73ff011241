import type { CsvRange } from "../records/csv/csv_range.ts";
import type { SkippedObject } from "../stores/skipped_object.ts";
import type { OpenedObject } from "../stores/open_object.ts";

/** An object of menus, or a part of one. */
export interface MenusObject {
  readonly name: string;
  readonly opened: OpenedObject;
  /** All of it by default. */
  readonly range?: CsvRange;
  /** To be called when it is done, or with the reason why it is not. Never rejects. */
  readonly onEnd?: (failure?: string) => Promise<void>;
}

/** The seam between matching and where menus come from: an object, a folder, or the jobs of a queue. */
export interface Menus extends AsyncDisposable {
  readonly url: string;
  /** The store's URL. */
  readonly source: string;
  /** Each object, in the store's order or a queue's; tells what is skipped. */
  objects(
    signal: AbortSignal,
    onSkipped?: (skipped: SkippedObject) => void,
  ): AsyncIterable<MenusObject>;
  /** What the address may have meant, if there are no objects. */
  guess?(signal: AbortSignal): Promise<string | undefined>;
  /** If others work on them too: whether all are done. Reports what is not. */
  isDone?(signal: AbortSignal): Promise<boolean>;
}
