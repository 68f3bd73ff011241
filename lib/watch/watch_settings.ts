import { lingerSettings } from "../answers/question_queue.ts";
import { address, period, type Settings } from "../settings/setting.ts";

/** How new objects are found. */
export const watchSettings = {
  every: period({
    help: "Time between two listings of --from",
    min: "1s",
    max: "1d",
    default: "30s",
  }),
  events: address({
    help: "Queue of S3 event notifications to read in place of listings; http(s):// for a server of your own",
    forms: ["sqs://HOST/ACCOUNT/QUEUE", "https://HOST/…", "http://HOST/…"],
    accepts: /^(?:sqs|https?):\/\/[^/]+\/./,
  }),
  ...lingerSettings,
} satisfies Settings;
