import { Matcher } from "../../menus/match/matcher.ts";
import { TermIndex } from "../../menus/match/term_index.ts";
import { menusRoute, type MenusRouteOptions } from "../../service/menus_route.ts";
import type { Routes } from "../../service/http_server.ts";
import { readTerms } from "../../menus/read_terms.ts";
import { zstd } from "../../sources/zstd.ts";
import { delimiterOf } from "../../records/record_format.ts";
import { SluiceError } from "../../errors/sluice_error.ts";
import type { Config } from "../settings/sections.ts";
import type { S3Config } from "../open/open_parts.ts";
import { openObject } from "../../stores/open_object.ts";
import { openMatchTable } from "../../menus/tables/open_match_table.ts";
import { plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";

export interface MenuServiceOptions extends Pick<MenusRouteOptions, "desk" | "observer"> {
  readonly tell: Tell;
  readonly signal: AbortSignal;
}

/** The settings of menus, those of the service among them. */
export interface MenuServiceConfig {
  readonly match: Config["match"] & { readonly terms: string };
  readonly source: Pick<Config["source"], "idleTimeoutSeconds">;
  readonly records: Pick<Config["records"], "csvDelimiter" | "csvHeader" | "maxLineBytes" | "maxExpansion">;
  readonly destination: Pick<Config["destination"], "maxRejects">;
  readonly service: Pick<Config["service"], "maxBodyBytes" | "minBodyRate">;
  readonly s3: S3Config;
  readonly postgres: Pick<Config["postgres"], "ca" | "timeoutSeconds">;
}

/** The part of `serve` for menus. */
export interface MenuService extends AsyncDisposable {
  readonly routes: Routes;
}

/**
 * Reads the terms, opens the table, if one is named, and makes the route for menus.
 *
 * @throws {Error} The terms cannot be read; the table cannot be opened, or is a file that is whole only at the end.
 */
export async function openMenuService(
  config: MenuServiceConfig,
  { desk, observer, signal, tell }: MenuServiceOptions,
): Promise<MenuService> {
  const { match, postgres, records, s3, service } = config;
  const { minScore, terms: address, to: matchesTo } = match;
  if (matchesTo !== undefined && !/^(?:sqlite|postgres(?:ql)?):/i.test(matchesTo)) {
    throw new SluiceError({
      kind: "settings",
      action: "write matches to",
      subject: matchesTo,
      reason: "a service never ends, and a file is complete only at the end",
    });
  }
  const reading = {
    ...match,
    ...records,
    zstd,
    maxRejects: config.destination.maxRejects,
    delimiter: delimiterOf[records.csvDelimiter],
    idleSeconds: config.source.idleTimeoutSeconds,
    signal,
  };
  const source = await openObject(address, { ...s3, signal });
  const { terms, counts } = await readTerms(source, {
    ...reading,
    delimiter: delimiterOf[match.termsDelimiter ?? records.csvDelimiter],
    onNote: (address, { text }) => tell(`${address}: ${text}`),
  }).finally(() => source.store.close());
  if (counts.rejected > 0) {
    tell(`Ignored ${plural(counts.rejected, "term")} of ${address}: their rows cannot be used`);
  }
  const matcher = new Matcher(new TermIndex(terms), { minScore, fuzzy: match.fuzzy === "on" });
  const table = matchesTo === undefined ? undefined : await openMatchTable(matchesTo, {
    signal,
    onTrouble: tell,
    ca: postgres.ca,
    timeoutSeconds: postgres.timeoutSeconds,
  });
  return {
    routes: {
      "POST /v1/menus": menusRoute({ ...reading, ...service, desk, matcher, observer, table, tell }),
    },
    async [Symbol.asyncDispose]() {
      await table?.close();
    },
  };
}
