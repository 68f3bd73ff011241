import { planSettings } from "../../jobs/plan.ts";
import { recipeSettings } from "../../recipe/recipe.ts";
import { csvSettings } from "../../records/record_format.ts";
import { reportOrders } from "../../report/report.ts";
import { choice, type Settings, text, texts, type Values, whole } from "../../settings/setting.ts";
import { bodySettings } from "../../records/stages/body.ts";
import { lineSettings } from "../../records/stages/scan.ts";
import { decompressSettings } from "../../records/stages/decompress.ts";
import { postgresSettings, s3Settings, storeSettings } from "../../stores/store_settings.ts";
import { outputSettings } from "../settings/output_settings.ts";

export const reportFormats = ["table", "csv", "json", "html"] as const;

const { include, exclude, since, until } = planSettings;

/** The flags of `sluice report`, which are no settings: what runs are told by the environment or a file is not meant. */
export const reportFlags = {
  from: {
    ...storeSettings.from,
    help: "Where the records with levels are: what sluice run has as --to, a database too",
    secret: true,
  },
  by: {
    ...texts({
      help: "Field whose values make the groups; several with commas, or repeated; a.b is b within a",
      placeholder: "FIELD",
    }),
    required: "the field whose values make the groups, as in --by company",
  },
  top: whole({
    help: "So many groups have a row; the others are summed up as one",
    min: 1,
    max: 1e9,
    defaultText: "20 for table, 1000 for html, else all",
  }),
  sort: choice(reportOrders, {
    help: "Order of the groups, which --top goes by too; count and average from high to low",
    default: "count",
  }),
  field: text({
    help: "Field that holds the level; a.b is b within a",
    placeholder: "FIELD",
    defaultText: `outputField of the settings: ${recipeSettings.outputField.default}`,
  }),
  format: choice(reportFormats, {
    help: "What the report is",
    defaultText: "by the ending of --to, else table",
  }),
  to: text({
    help: "File that the report goes to, over one that is there",
    placeholder: "PATH",
    defaultText: "standard output",
  }),
  include,
  exclude,
  since,
  until,
} satisfies Settings;

const { s3Ca, s3Timeout } = s3Settings;
const { table, postgresCa, postgresTimeout } = postgresSettings;

/** What `sluice report` takes of a run's settings. */
export const reportSettings = {
  s3Ca,
  s3Timeout,
  table: { ...table, help: "Table of the records, where --from is a database" },
  postgresCa,
  postgresTimeout,
  ...bodySettings,
  ...decompressSettings,
  ...lineSettings,
  ...csvSettings,
  quiet: outputSettings.quiet,
} satisfies Settings;

/** A setting of runs that names the level's field; it has no flag here. */
export const levelFieldSetting = { outputField: recipeSettings.outputField } satisfies Settings;

export type ReportCommandOptions =
  & Values<typeof reportFlags>
  & Values<typeof reportSettings>
  & Values<typeof levelFieldSetting>;
