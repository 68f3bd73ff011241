import { choice, type Settings } from "../settings/setting.ts";

/** How messages are written, to standard error. */
export const logSettings = {
  logFormat: choice(["auto", "text", "json"], {
    help: "Log format of watch, work and serve; auto is text on a terminal and JSON lines elsewhere",
    default: "auto",
  }),
  logLevel: choice(["debug", "info", "warning", "error"], {
    help: "Minimum log level of watch, work and serve",
    default: "info",
  }),
} satisfies Settings;
