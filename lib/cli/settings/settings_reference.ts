import { flagOf, variableOf } from "../../settings/names.ts";
import { defaultOf, type Settings } from "../../settings/setting.ts";
import { sections } from "./table.ts";

const markers = /(<!-- settings -->\n)[^]*?(<!-- \/settings -->)/;

/** The settings as Markdown: a table for each section. */
export function settingsReference(): string {
  return Object.entries(sections).map(([heading, settings]) => `**${heading}**\n\n${sectionTable(settings)}`)
    .join("\n\n");
}

/**
 * Puts the reference between the marks `<!-- settings -->` and `<!-- /settings -->` of a Markdown text.
 *
 * @throws {Error} The marks are not there.
 */
export function updateSettings(markdown: string): string {
  if (!markers.test(markdown)) {
    throw new Error("Cannot update the settings: no <!-- settings --> followed by <!-- /settings -->");
  }
  // The formatter would pad the tables, and every longer default would change every row.
  const reference =
    `\n<!-- deno-fmt-ignore-start -->\n\n${settingsReference()}\n\n<!-- deno-fmt-ignore-end -->\n\n`;
  return markdown.replace(markers, (_, before, after) => `${before}${reference}${after}`);
}

function sectionTable(settings: Settings): string {
  const rows = Object.entries(settings).map(([name, setting]) => {
    const flag = setting.placeholder === undefined ? flagOf(name) : `${flagOf(name)} ${setting.placeholder}`;
    const written = defaultOf(setting);
    const literal = setting.default !== undefined && setting.required === undefined && written !== "";
    return [
      `\`${name}\``,
      `\`${flag}\``,
      `\`${variableOf(name)}\``,
      literal ? `\`${written}\`` : written,
      setting.help,
    ]
      .map((cell) => cell.replaceAll("|", "\\|"));
  });
  const header = ["In the file", "Flag", "Environment", "Default", "What it does"];
  return [header, header.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
