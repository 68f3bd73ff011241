import type { Snapshot } from "../../telemetry/snapshot.ts";
import { attribute, byId, make, show, write } from "./elements.ts";
import { whole } from "./format.ts";

/** Rows shown of a list until the user asks for all. */
const maxRowsAtFirst = 8;

export interface RowsOptions<Item> {
  /** Of the parent; `<id>-empty` is shown if there are no items, `<id>-table` and `<id>-more` are optional. */
  readonly id: string;
  readonly keyOf: (item: Item) => string;
  readonly row: (item: Item) => Row<Item>;
}

export interface Row<Item> {
  readonly element: HTMLElement;
  readonly update: (item: Item, snapshot: Snapshot) => void;
}

/** A list whose rows belong to keys: a row stays the same element as long as its key is there. */
export function rows<Item>(
  { id, keyOf, row }: RowsOptions<Item>,
): (items: readonly Item[], snapshot: Snapshot, emptyText: string) => void {
  const parent = byId(id), empty = byId(`${id}-empty`);
  const table = document.getElementById(`${id}-table`), more = document.getElementById(`${id}-more`);
  let present = new Map<string, Row<Item>>();
  let isWhole = false;
  let last: Parameters<typeof update> | undefined;
  more?.addEventListener("click", () => {
    isWhole = !isWhole;
    if (last !== undefined) update(...last);
  });

  function update(items: readonly Item[], snapshot: Snapshot, emptyText: string): void {
    last = [items, snapshot, emptyText];
    const next = new Map<string, Row<Item>>();
    for (const item of isWhole ? items : items.slice(0, maxRowsAtFirst)) {
      let key = keyOf(item);
      while (next.has(key)) key += "+";
      const one = present.get(key) ?? row(item);
      one.update(item, snapshot);
      next.set(key, one);
    }
    for (const [key, { element }] of present) if (!next.has(key)) element.remove();
    let place = parent.firstElementChild;
    for (const { element } of next.values()) {
      if (element === place) place = place.nextElementSibling;
      else parent.insertBefore(element, place);
    }
    present = next;
    if (table !== null) show(table, items.length > 0);
    show(empty, items.length === 0);
    write(empty, emptyText);
    if (more !== null) {
      show(more, items.length > maxRowsAtFirst);
      write(more, isWhole ? "Show fewer" : `Show all ${whole(items.length)}`);
      attribute(more, "aria-expanded", String(isWhole));
    }
  }
  return update;
}

/** A cell of a row; on narrow screens, where rows are blocks, its label stands before it. */
export function cell(label: string, kind: string): HTMLTableCellElement {
  return make("td", { role: "cell", "data-label": label, class: kind });
}
