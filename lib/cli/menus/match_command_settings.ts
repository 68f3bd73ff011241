import * as v from "valibot";
import { bodySettings } from "../../records/stages/body.ts";
import { lineSettings } from "../../records/stages/scan.ts";
import { decompressSettings } from "../../records/stages/decompress.ts";
import { matchSettings } from "../../menus/match_settings.ts";
import { planSettings } from "../../jobs/plan.ts";
import { csvSettings } from "../../records/record_format.ts";
import { postgresSettings, s3Settings, storeSettings } from "../../stores/store_settings.ts";
import type { Settings, Values } from "../../settings/setting.ts";
import type { matchQueueFlags } from "./match_queue_settings.ts";
import { outputSettings } from "../settings/output_settings.ts";

const rangeMessage =
  "must be START-END, or START-END@LINE, in bytes of the object, as csvChunks() tells them";

const { required: _, ...from } = storeSettings.from;

/** What `sluice match` takes by flags only: in the environment and in files these are `run`'s. */
export const matchFlags = {
  from: {
    ...from,
    help: "Where the menus are: a file, a folder, an S3 prefix or an S3 object ending in .csv or .csv.gz",
  },
  to: {
    ...matchSettings.matchesTo,
    help: "Table for the pairs, one for each menu and term; its password may stand in PGPASSWORD",
    defaultText: "matchesTo, else sqlite:.sluice/matches.db",
  },
  include: planSettings.include,
  exclude: planSettings.exclude,
  range: {
    help: "Only the records between two places of one object, and the line that they begin with",
    placeholder: "START-END[@LINE]",
    schema: v.pipe(
      v.string(rangeMessage),
      v.regex(/^\d{1,15}-\d{1,15}(?:@[1-9]\d{0,14})?$/, rangeMessage),
      v.transform((range) => {
        const [start, end, firstLine] = range.split(/[-@]/).map(Number) as [number, number, number?];
        return { start, end, firstLine };
      }),
      v.check(({ start, end }) => start < end, rangeMessage),
    ),
  },
} satisfies Settings;

const { matchesTo, ...shown } = matchSettings;

/** What it takes from all sources, by what it is about. */
export const matchSections = {
  "What to match": {
    ...shown,
    ...csvSettings,
  },
  "When to give up": {
    maxLineBytes: lineSettings.maxLineBytes,
    ...decompressSettings,
    ...bodySettings,
  },
  "S3": { s3Ca: s3Settings.s3Ca, s3Timeout: s3Settings.s3Timeout },
  "PostgreSQL": {
    postgresCa: postgresSettings.postgresCa,
    postgresTimeout: { ...postgresSettings.postgresTimeout, help: "How long PostgreSQL may be silent" },
  },
  "What is said": {
    json: outputSettings.json,
    quiet: outputSettings.quiet,
    allowRejects: outputSettings.allowRejects,
  },
} satisfies Record<string, Settings>;

/** The same as one table; `matchesTo` stands in for `to`. */
export const matchShared = {
  ...matchSections["What to match"],
  matchesTo,
  ...matchSections["When to give up"],
  ...matchSections["S3"],
  ...matchSections["PostgreSQL"],
  ...matchSections["What is said"],
} satisfies Settings;

export type MatchCommandOptions =
  & Values<typeof matchFlags>
  & Values<typeof matchQueueFlags>
  & Values<typeof matchShared>;
