import { headings, sections } from "../../lib/cli/settings/sections.ts";
import { flagOf, variableOf } from "../../lib/settings/names.ts";
import { nameOf } from "../../lib/settings/sections.ts";
import { defaultOf, type Setting } from "../../lib/settings/setting.ts";
import { fileDefault } from "../../lib/settings/settings_schema.ts";

/** The settings as Markdown: a table for each section. */
export function settingsReference(): string {
  return Object.entries(sections).map(([section, settings]) =>
    `**${headings[section as keyof typeof sections]}** (\`"${section}": { … }\`)\n\n` +
    sectionTable(section, Object.entries<Setting<unknown>>(settings))
  ).join("\n\n");
}

function sectionTable(
  section: string,
  settings: readonly [key: string, setting: Setting<unknown>][],
): string {
  const rows = settings.map(([key, setting]) => {
    const name = nameOf(section, key, setting);
    const flag = setting.placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${setting.placeholder}`;
    const written = defaultOf(setting);
    return [
      name === key ? `\`${key}\`` : `\`${key}\`, flat \`${name}\``,
      `\`${flag}\``,
      `\`${variableOf(name)}\``,
      fileDefault(setting) !== undefined && written !== "" ? `\`${written}\`` : written,
      setting.help,
    ].map((cell) => cell.replaceAll("|", "\\|"));
  });
  const header = ["In the file", "Flag", "Environment", "Default", "What it does"];
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
