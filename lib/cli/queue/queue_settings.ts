import { queueSettings } from "../../queue/queue_settings.ts";
import { type Settings, toggle } from "../../settings/setting.ts";

/** What every `sluice queue` command is told of the fleet's settings. */
export const queueCommandSettings = {
  ...queueSettings,
  queue: { ...queueSettings.queue, required: "the queue that the jobs are in, redis://HOST:PORT" },
} satisfies Settings;

export const queueShowFlags = {
  json: toggle({ help: "One JSON object in place of text" }),
} satisfies Settings;

export const queueDropFlags = {
  waiting: toggle({
    help: "Remove the jobs that nobody has claimed yet, in place of those that have failed",
  }),
} satisfies Settings;
