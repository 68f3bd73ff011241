import { address, type Settings } from "../settings/setting.ts";

/** What several processes share. */
export const coordinationSettings = {
  url: address({
    help:
      "Redis through which processes share the rate limit, and ask each question once: redis://…, redis+cluster://…",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT", "redis+cluster://HOST:PORT,…", "redis+unix:///PATH"],
    accepts: /^(?:rediss?(?:\+cluster)?|(?:redis\+)?unix):\/\/./,
    defaultText: "each process on its own",
  }),
} satisfies Settings;
