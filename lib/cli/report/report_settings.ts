import { recipeSettings } from "../../recipe/recipe.ts";
import { reportOrders } from "../../report/report.ts";
import { s3AccessSettings } from "../../stores/store_settings.ts";
import { pick, withoutFlags } from "../../settings/sections.ts";
import { choice, text, texts, whole } from "../../settings/setting.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, recipe, records, postgres, output } = sections;

export const reportFormats = ["table", "csv", "json", "html"] as const;

export const reportSections = {
  source: pick(source, "idleTimeout"),
  recipe: withoutFlags(pick(recipe, "outputField")),
  records: pick(records, "csvDelimiter", "csvHeader", "maxLineBytes", "maxExpansion"),
  s3: s3AccessSettings,
  postgres: {
    ...pick(postgres, "table", "ca", "timeout"),
    table: { ...postgres.table, help: "Table of the records, if --from is a database" },
  },
  output: pick(output, "quiet", "allowEmpty"),
};

/** By flags only: in the environment and in a file these are a run's. */
export const reportFlags = {
  from: {
    ...source.url,
    help: "Source of the records with levels: the --to of a run, also a database",
    secret: true,
  },
  by: {
    ...texts({
      help: "Field to group by; several with commas, or repeated; a.b is b within a",
      placeholder: "FIELD",
    }),
    required: "the field whose values make the groups, as in --by company",
  },
  top: whole({
    help: "Groups with a row of their own; the others are summed up as one",
    min: 1,
    max: 1e9,
    defaultText: "20 for table, 1000 for html, else all",
  }),
  sort: choice(reportOrders, {
    help: "Order of the groups, also for --top; count and average from high to low",
    default: "count",
  }),
  fromFormat: {
    ...records.format,
    help: "Format of the records, in files of any name",
  },
  field: text({
    help: "Field that holds the level; a.b is b within a",
    placeholder: "FIELD",
    defaultText: `the setting outputField, ${recipeSettings.outputField.default} by default`,
  }),
  format: choice(reportFormats, {
    help: "Format of the report",
    defaultText: "by the ending of --to, else table",
  }),
  to: text({
    help: "File to write the report to, replacing an earlier report",
    placeholder: "PATH",
    defaultText: "standard output",
  }),
  overwrite: { ...destination.overwrite, help: "Also replace a file of --to that is no report of Sluice" },
  ...pick(source, "include", "exclude", "since", "until", "skipArchived"),
};
