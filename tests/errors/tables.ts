import { cacheCommandTexts } from "./cache_command_texts.ts";
import { bloomTexts, cacheTexts, redisTexts, sqliteTexts } from "./cache_texts.ts";
import { csvTexts } from "./csv_texts.ts";
import type { ErrorTexts } from "./error_text.ts";
import { estimateTexts } from "./estimate_texts.ts";
import { feedTexts } from "./feed_texts.ts";
import { queueTexts } from "./queue_texts.ts";
import { httpTexts } from "./http_texts.ts";
import { matchTexts } from "./match_texts.ts";
import { menuQueueTexts } from "./menu_queue_texts.ts";
import { modelTexts } from "./model_texts.ts";
import { answerTexts, objectTexts } from "./pipeline_texts.ts";
import { oneBillTexts } from "./one_bill_texts.ts";
import { reportTexts } from "./report_texts.ts";
import { checkTexts, runTexts } from "./run_texts.ts";
import { databaseTexts, postgresTexts } from "./postgres_texts.ts";
import { s3Texts } from "./s3_texts.ts";
import { commandLineTexts, settingsTexts } from "./settings_texts.ts";
import { addressTexts, directoryTexts, noteTexts } from "./store_texts.ts";
import { warmTexts } from "./warm_texts.ts";
import { watchTexts } from "./watch_texts.ts";

/** All texts of errors that a user can meet. */
export const tables: readonly ErrorTexts[] = [
  commandLineTexts,
  settingsTexts,
  addressTexts,
  directoryTexts,
  noteTexts,
  s3Texts,
  databaseTexts,
  postgresTexts,
  cacheTexts,
  redisTexts,
  bloomTexts,
  sqliteTexts,
  cacheCommandTexts,
  modelTexts,
  objectTexts,
  answerTexts,
  runTexts,
  checkTexts,
  oneBillTexts,
  watchTexts,
  feedTexts,
  queueTexts,
  csvTexts,
  httpTexts,
  reportTexts,
  matchTexts,
  menuQueueTexts,
  estimateTexts,
  warmTexts,
];
