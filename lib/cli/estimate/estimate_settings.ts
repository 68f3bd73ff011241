import * as v from "valibot";
import { answersSettings } from "../../answers/answers.ts";
import { callerSettings } from "../../answers/caller.ts";
import { questionQueueSettings } from "../../answers/question_queue.ts";
import { shortcutSettings } from "../../shortcuts/shortcut_settings.ts";
import { inFlightSettings } from "../../answers/in_flight_budget.ts";
import { cacheSettings } from "../../caches/open_cache.ts";
import { httpSettings } from "../../service/http_settings.ts";
import { jobSettings } from "../../jobs/job.ts";
import { modelSettings } from "../../models/model_settings.ts";
import { planSettings } from "../../jobs/plan.ts";
import { recipeSettings } from "../../recipe/recipe.ts";
import { csvSettings } from "../../records/record_format.ts";
import { type Settings, toggle, type Values } from "../../settings/setting.ts";
import { bodySettings } from "../../records/stages/body.ts";
import { lineSettings, windowSettings } from "../../records/stages/scan.ts";
import { decompressSettings } from "../../records/stages/decompress.ts";
import { postgresSettings, s3Settings, storeSettings } from "../../stores/store_settings.ts";
import { outputSettings } from "../settings/output_settings.ts";
import { percentage } from "./percentage.ts";

const { required: _model, ...model } = modelSettings.model;
const { required: _to, ...to } = storeSettings.to;
const { maxCallBytes, maxCallQuestions } = questionQueueSettings;
const { s3Ca, s3Timeout } = s3Settings;
/** Outputs with shortcuts are others than without. What shortcuts save is not told. */
const { fill: _fill, rareMemory: _rareMemory, ...shortcuts } = shortcutSettings;

/** What `sluice estimate` takes of a run's settings. */
export const estimateSettings = {
  from: storeSettings.from,
  to: { ...to, help: "Where the outputs are: objects that are done are left out; without it, none is done" },
  ...planSettings,
  limit: jobSettings.limit,
  maxQuestions: answersSettings.maxQuestions,
  ...recipeSettings,
  ...csvSettings,
  ...shortcuts,
  model: {
    ...model,
    help: "Who would be asked; it matters only whether that is reference:, and is not connected to",
  },
  modelCallsPerSecond: callerSettings.modelCallsPerSecond,
  maxCallQuestions,
  maxCallBytes,
  pricePer1000: { ...httpSettings.pricePer1000, help: "What 1,000 questions cost, in any currency" },
  ...cacheSettings,
  ledger: storeSettings.ledger,
  ...bodySettings,
  ...decompressSettings,
  objects: inFlightSettings.objects,
  ...windowSettings,
  ...lineSettings,
  s3Ca,
  s3Timeout,
  ...postgresSettings,
  json: toggle({ help: "One JSON object in place of text" }),
  quiet: outputSettings.quiet,
} satisfies Settings;

/** The flags of `sluice estimate` that are no settings. */
export const estimateFlags = {
  sample: {
    help: "Read only so many of the objects, evenly, and tell the rest by them",
    placeholder: "N%",
    default: 1,
    defaultText: "100%",
    schema: v.pipe(percentage, v.check((part) => part > 0, "must be above 0%")),
  },
} satisfies Settings;

export type EstimateCommandOptions = Values<typeof estimateSettings> & Values<typeof estimateFlags>;
