import type { JsonSchema } from "../../settings/setting.ts";
import { settingsSchema } from "../../settings/settings_schema.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { headings, sections } from "../settings/sections.ts";

/** The JSON Schema of a file of settings. */
export function configFileSchema(): JsonSchema {
  return settingsSchema(sections, {
    title: "Settings of Sluice",
    description:
      "sluice.jsonc: settings by their names, or nested in their sections; the command line and the " +
      "environment win over it",
    headings,
  });
}

/** Prints the JSON Schema of a file of settings; resolves to the exit status. */
export function configSchema(io: Io): number {
  io.stdout(`${JSON.stringify(configFileSchema(), null, 2)}\n`);
  return exitStatus.done;
}
