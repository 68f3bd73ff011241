import { lingerSettings } from "../answers/question_queue.ts";
import { address, period, type Settings } from "../settings/setting.ts";

/** How new objects are found. */
export const watchSettings = {
  every: period({
    help: "Between two listings of --from",
    min: "1s",
    max: "1d",
    default: "30s",
  }),
  events: address({
    help: "Queue of S3's events, in place of listings; http(s):// for a server of one's own",
    forms: ["sqs://HOST/ACCOUNT/QUEUE", "https://HOST/…", "http://HOST/…"],
    accepts: /^(?:sqs|https?):\/\/[^/]+\/./,
  }),
  ...lingerSettings,
} satisfies Settings;
