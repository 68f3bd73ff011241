import { choice, type Settings } from "../settings/setting.ts";

/** How messages are written, to standard error. */
export const logSettings = {
  logFormat: choice(["auto", "text", "json"], {
    help:
      "Messages of watch, work and serve: text, JSON lines, or auto: text on a terminal, JSON lines elsewhere",
    default: "auto",
  }),
  logLevel: choice(["debug", "info", "warning", "error"], {
    help: "The least that a message of watch, work and serve must matter",
    default: "info",
  }),
} satisfies Settings;
