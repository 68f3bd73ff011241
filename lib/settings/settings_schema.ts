import { type PlacedSetting, type Sections, settingsOf } from "./sections.ts";
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
    const object = {
      description: headings[section],
      type: "object",
      properties: Object.fromEntries(
        Object.entries(settings).map(([key, setting]) => [key, schemaOf(setting)]),
      ),
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
    properties: {
      $schema: { type: "string" },
      ...Object.fromEntries(nested.toSorted()),
      ...withoutSections(),
    },
    additionalProperties: false,
  };

  function withoutSections() {
    return Object.fromEntries(Object.entries(flat).filter(([name]) => !Object.hasOwn(sections, name)));
  }
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

/** What a file may hold for a setting that has no default: an example for people. */
export function fileExample({ setting }: PlacedSetting): unknown {
  const written = fileDefault(setting);
  if (written !== undefined) return written;
  const { json, placeholder = "" } = setting;
  if (Array.isArray(json.enum)) return json.enum[0];
  if (setting.unit === "Seconds") return "90d";
  if (setting.unit === "Bytes") return "64MiB";
  if (setting.repeats) return [placeholder];
  return typeof json.minimum === "number" ? json.minimum : placeholder;
}
