import * as v from "valibot";
import { address, amount, choice, optional, type Settings, text } from "../settings/setting.ts";
import { csvSettings } from "../records/record_format.ts";
import { matchTableAddress, matchTableForms } from "./tables/open_match_table.ts";

const namesMessage = "must be names of columns, with commas between them";

/** Names of columns: with commas between them, or a list. */
const names = v.pipe(
  v.union([
    v.array(v.string(namesMessage)),
    v.pipe(v.string(namesMessage), v.transform((written) => written.split(","))),
  ], namesMessage),
  v.transform((given) => given.map((name) => name.trim())),
  v.check((given) => given.length > 0 && given.every((name) => name !== ""), namesMessage),
  v.readonly(),
);

const { default: _, ...delimiter } = csvSettings.csvDelimiter;

/** Which terms are looked for in which columns, and where the pairs go. */
export const matchSettings = {
  terms: text({
    help: "CSV file or S3 object of the terms to find in menus",
    placeholder: "URL",
  }),
  to: address({
    help:
      "Table for the pairs of menus and terms; serve takes a database only (put passwords in the environment)",
    name: "matchesTo",
    secret: true,
    forms: matchTableForms,
    accepts: matchTableAddress,
  }),
  idField: text({ help: "Column of a row's menu", placeholder: "NAME", default: "MenuId" }),
  textFields: {
    help: "Columns to find terms in, separated by commas",
    placeholder: "NAMES",
    default: ["ProductName", "ProductDescription"] as readonly string[],
    defaultText: "ProductName,ProductDescription",
    json: { type: ["string", "array"], minLength: 1, items: { type: "string" } },
    schema: names,
  },
  termsDelimiter: optional(delimiter, {
    help: "Separator of the fields of the terms' CSV",
    defaultText: "as --csv-delimiter",
  }),
  termIdField: text({
    help: "Column of a term's id; several rows of one id are spellings of one term",
    placeholder: "NAME",
    default: "TermId",
  }),
  termField: text({ help: "Column of a term", placeholder: "NAME", default: "Term" }),
  minScore: amount({ help: "Minimum score of a match, 0 to 1", min: 0, max: 1, default: 0.75 }),
  fuzzy: choice(["on", "off"], { help: "Whether to find misspelled terms", default: "on" }),
} satisfies Settings;
