import { type Command as Commander, Option } from "commander";
import { defaultConfigPath } from "../settings/config_file.ts";
import { flagOf } from "../settings/names.ts";
import { settingsOf } from "../settings/sections.ts";
import { defaultOf, type Setting } from "../settings/setting.ts";
import type { Command } from "./command.ts";
import { headings, type sections } from "./settings/sections.ts";

/**
 * Adds a command's flags, its own first. They keep what the user typed, as text: checks and defaults come later, with the
 * other sources.
 */
export function addSettings(commander: Commander, { flags, settings }: Command): void {
  for (const [name, setting] of Object.entries(flags)) {
    for (const option of optionsOf(name, setting)) commander.addOption(option.helpGroup("Options:"));
  }
  const shared = settingsOf(settings);
  if (shared.length === 0) return;
  commander.addOption(
    new Option("--config <PATH>", `File of settings (default: ${defaultConfigPath}, which may be missing)`)
      .helpGroup("Options:"),
  );
  for (const { name, section, setting } of shared) {
    if (setting.noFlag) continue;
    const heading = setting.heading ?? headings[section as keyof typeof sections];
    for (const option of optionsOf(name, setting)) commander.addOption(option.helpGroup(`${heading}:`));
  }
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
  // Refused with the new name in the message.
  const old = setting.was && new Option(`${flagOf(setting.was.name)} <N>`).hideHelp();
  return [
    setting.repeats ? option.argParser((value, before?: string[]) => [...before ?? [], value]) : option,
    ...old === undefined ? [] : [old],
  ];
}
