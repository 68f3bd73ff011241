import { type Command, Option } from "commander";
import { defaultConfigPath } from "../settings/config_file.ts";
import { flagOf } from "../settings/names.ts";
import { defaultOf, type Setting, type Settings } from "../settings/setting.ts";

/** Adds the flags of settings. They keep what the user typed, as text: checks and defaults come later, with the other sources. */
export function addSettings(command: Command, settings: Settings, heading = "Options"): void {
  for (const [name, setting] of Object.entries(settings)) {
    for (const option of optionsOf(name, setting)) command.addOption(option.helpGroup(`${heading}:`));
  }
}

/** Adds `--config`, which names the file of settings. */
export function addConfig(command: Command, heading = "Options"): void {
  command.addOption(
    new Option("--config <PATH>", `File of settings (default: ${defaultConfigPath}, which may be missing)`)
      .helpGroup(`${heading}:`),
  );
}

function optionsOf(name: string, setting: Setting<unknown>): Option[] {
  const written = defaultOf(setting);
  const help = setting.help + (setting.required ? " (required)" : written && ` (default: ${written})`);
  if (setting.placeholder === undefined) {
    // Takes back what the environment or the file says.
    const off = new Option(flagOf(name).replace("--", "--no-")).hideHelp();
    return [new Option(flagOf(name), help), off];
  }
  const option = new Option(`${flagOf(name)} <${setting.placeholder}>`, help);
  return [
    setting.repeats ? option.argParser((value, before?: string[]) => [...before ?? [], value]) : option,
  ];
}
