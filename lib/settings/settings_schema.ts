import { type Sections, settingsOf } from "./sections.ts";
import type { JsonSchema, Setting } from "./setting.ts";

export interface SettingsSchemaOptions {
  readonly title: string;
  readonly description: string;
  /** What each section is about, by its name. */
  readonly headings: Readonly<Record<string, string>>;
}

/** The JSON Schema (2020-12) of a file of settings: flat keys, and keys nested in their sections. */
export function settingsSchema(
  sections: Sections,
  { title, description, headings }: SettingsSchemaOptions,
): JsonSchema {
  const flat = Object.fromEntries(settingsOf(sections).map(({ name, setting }) => [name, schemaOf(setting)]));
  const nested = Object.entries(sections).map(([section, settings]) => {
    const properties = Object.entries(settings).map(([key, setting]) => [key, schemaOf(setting)]);
    const object = {
      description: headings[section],
      type: "object",
      properties: Object.fromEntries(properties),
      additionalProperties: false,
    };
    // `cache` is an address, or the settings of the cache.
    return [section, Object.hasOwn(flat, section) ? { anyOf: [flat[section], object] } : object];
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title,
    description,
    type: "object",
    properties: { $schema: { type: "string" }, ...flat, ...Object.fromEntries(nested) },
    additionalProperties: false,
  };
}

function schemaOf(setting: Setting<unknown>): JsonSchema {
  const written = fileDefault(setting);
  return {
    description: setting.help,
    ...setting.json,
    ...(written === undefined ? {} : { default: written }),
  };
}

/** A setting's default as a file may hold it; `undefined` if it has none. */
export function fileDefault({ default: value, defaultText, required }: Setting<unknown>): unknown {
  return value === undefined || required !== undefined ? undefined : defaultText ?? value;
}

/** What a file may hold for a setting: its default, or an example. */
export function fileExample(setting: Setting<unknown>): unknown {
  const written = fileDefault(setting);
  if (written !== undefined) return written;
  const { json, placeholder = "", repeats, unit } = setting;
  const listed = json.examples ?? json.enum;
  if (Array.isArray(listed)) return listed[0];
  if (unit === "Seconds") return "90d";
  if (repeats) return [placeholder];
  return typeof json.minimum === "number" ? json.minimum : placeholder;
}
