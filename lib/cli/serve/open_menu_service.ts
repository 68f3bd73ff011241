import { Matcher } from "../../menus/match/matcher.ts";
import { TermIndex } from "../../menus/match/term_index.ts";
import { menusRoute, type MenusRouteOptions } from "../../service/menus_route.ts";
import type { Routes } from "../../service/http_server.ts";
import { readTerms } from "../../menus/read_terms.ts";
import { delimiterOf } from "../../records/record_format.ts";
import type { ServeConfig } from "../settings/config.ts";
import { openObject } from "../../stores/open_object.ts";
import { openMatchTable } from "../../menus/tables/open_match_table.ts";
import { plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";

export interface MenuServiceOptions extends Pick<MenusRouteOptions, "desk" | "observer"> {
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** What `serve` has to do with menus. */
export interface MenuService extends AsyncDisposable {
  readonly routes: Routes;
}

/**
 * Reads the terms, opens the table, if one is named, and makes the route for menus.
 *
 * @throws {Error} The terms cannot be read; the table cannot be opened, or is a file that is whole only at the end.
 */
export async function openMenuService(
  config: ServeConfig & { readonly terms: string },
  { desk, observer, signal, tell }: MenuServiceOptions,
): Promise<MenuService> {
  const { idleTimeout: idleSeconds, matchesTo, minScore, s3Ca: ca, s3Timeout: timeoutSeconds } = config;
  if (matchesTo !== undefined && !/^(?:sqlite|postgres(?:ql)?):/i.test(matchesTo)) {
    throw new Error(
      `Cannot write matches to ${matchesTo}: a service never ends, and a file is whole only at the end`,
    );
  }
  const reading = { ...config, delimiter: delimiterOf[config.csvDelimiter], idleSeconds, signal };
  const source = await openObject(config.terms, { ca, timeoutSeconds, signal });
  const { terms, counts } = await readTerms(source, reading).finally(() => source.store.close());
  if (counts.rejected > 0) {
    tell(`Ignored ${plural(counts.rejected, "term")} of ${config.terms}: their rows cannot be used`);
  }
  const matcher = new Matcher(new TermIndex(terms), { minScore, fuzzy: config.fuzzy === "on" });
  const table = matchesTo === undefined ? undefined : await openMatchTable(matchesTo, {
    signal,
    onTrouble: tell,
    ca: config.postgresCa,
    timeoutSeconds: config.postgresTimeout,
  });
  return {
    routes: { "POST /v1/menus": menusRoute({ ...reading, desk, matcher, observer, table, tell }) },
    async [Symbol.asyncDispose]() {
      await table?.close();
    },
  };
}
