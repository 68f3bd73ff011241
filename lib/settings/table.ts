import { cacheSettings } from "../caches/open_cache.ts";
import { modelSettings } from "../models/open_model.ts";
import { s3Settings } from "../stores/s3_settings.ts";
import {
  answersSettings,
  cacheAddressSettings,
  decodeSettings,
  jobSettings,
  modelAddressSettings,
  outputSettings,
  recipeSettings,
  uploadSettings,
  windowSettings,
} from "./groups.ts";
import type { Settings } from "./setting.ts";

/** All settings of `run` and `check`, by what they are about, in the order in which people read them. */
export const sections = {
  "What to do": jobSettings,
  "The question and its answer": recipeSettings,
  "Who is asked": { ...modelAddressSettings, ...modelSettings },
  "What is known": { ...cacheAddressSettings, ...cacheSettings },
  "How much at once": { ...answersSettings, ...decodeSettings, ...windowSettings, ...uploadSettings },
  "Outputs in S3": s3Settings,
  "What is said": outputSettings,
} satisfies Record<string, Settings>;

/** The one table: flags, `--help`, the README, the checks and the type of the configuration come from it. */
export const table = {
  ...sections["What to do"],
  ...sections["The question and its answer"],
  ...sections["Who is asked"],
  ...sections["What is known"],
  ...sections["How much at once"],
  ...sections["Outputs in S3"],
  ...sections["What is said"],
} satisfies Settings;
