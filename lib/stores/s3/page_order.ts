import { SluiceError } from "../../errors/sluice_error.ts";
import { compareNames } from "../store.ts";

/**
 * Watches over the order of a listing's pages. S3 lists in the order of the keys' UTF-8 bytes; servers over file systems may
 * list folder by folder (`a/x` before `a-b`), and some repeat pages.
 */
export class PageOrder {
  readonly #url: string;
  readonly #anyOrder: boolean;
  /** The last key of all pages so far. */
  #last: string | undefined;
  #firstOfPrevious: string | undefined;

  /** @param anyOrder Whether a page may hold keys that belong before those of earlier pages. */
  constructor(url: string, anyOrder: boolean) {
    this.#url = url;
    this.#anyOrder = anyOrder;
  }

  /**
   * Puts a page in order. Returns which key belongs before those of an earlier page, in words; `undefined` if none does.
   *
   * @throws {SluiceError} One does, and may not; or keys come twice.
   */
  sort(page: { readonly key: string }[]): string | undefined {
    const listedFirst = page[0]?.key;
    if (listedFirst === undefined) return undefined;
    if (listedFirst === this.#firstOfPrevious) {
      this.#refuse(`the server's pages repeat, from ${JSON.stringify(listedFirst)} on`);
    }
    this.#firstOfPrevious = listedFirst;
    page.sort((a, b) => compareNames(a.key, b.key));
    for (let i = 1; i < page.length; i++) {
      if (page[i]!.key === page[i - 1]!.key) {
        this.#refuse(`the server lists ${JSON.stringify(page[i]!.key)} twice`);
      }
    }
    const first = page[0]!.key, last = this.#last;
    const isBehind = last !== undefined && compareNames(first, last) <= 0;
    if (last === undefined || compareNames(page.at(-1)!.key, last) > 0) this.#last = page.at(-1)!.key;
    if (!isBehind) return undefined;
    const words = `${JSON.stringify(first)} came after ${JSON.stringify(last)}`;
    if (this.#anyOrder) return words;
    this.#refuse(`the server does not list in byte order, which is needed here: ${words}`);
  }

  #refuse(reason: string): never {
    throw new SluiceError({
      kind: "source",
      action: "list",
      subject: this.#url,
      reason,
    });
  }
}
