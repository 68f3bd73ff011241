import { address, type Settings } from "../settings/setting.ts";

/** What several processes share. */
export const coordinationSettings = {
  fleet: address({
    help:
      "Redis through which processes share the model's rate, and ask each key once: redis://…, redis+cluster://…",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT", "redis+cluster://HOST:PORT,…"],
    accepts: /^rediss?(?:\+cluster)?:\/\/./,
    defaultText: "each process by itself",
  }),
} satisfies Settings;
