import type { Setting, Settings, Values } from "./setting.ts";

/** Groups of settings by section: `{ model: { url, ca }, cache: { url, ttl } }`. */
export type Sections = Readonly<Record<string, Settings>>;

/** The built settings of sections: `config.model.url`, `config.cache.ttlSeconds`. */
export type SectionValues<S extends Sections> = { readonly [Name in keyof S]: Values<S[Name]> };

/** A setting with the place it has in the sections. */
export interface PlacedSetting {
  readonly section: string;
  readonly key: string;
  /** What flag and variable are made of, and its key in a file that does not nest. */
  readonly name: string;
  readonly setting: Setting<unknown>;
}

/** All settings of sections, in their order. */
export function settingsOf(sections: Sections): PlacedSetting[] {
  return Object.entries(sections).flatMap(([section, settings]) =>
    Object.entries(settings).map(([key, setting]) => ({
      section,
      key,
      name: nameOf(section, key, setting),
      setting,
    }))
  );
}

/**
 * A setting's flat name: section and key joined (`cache` and `ca` are `cacheCa`), where `url` stands for the section
 * itself (`cache`); a setting that has another name says so.
 */
export function nameOf(section: string, key: string, { name }: Setting<unknown>): string {
  return name ?? (key === "url" ? section : section + key.charAt(0).toUpperCase() + key.slice(1));
}

/** The same settings, each under the name of its key alone: `maxLineBytes` rather than `recordsMaxLineBytes`. */
export function ownNames<Group extends Settings>(group: Group): Group {
  return Object.fromEntries(
    Object.entries(group).map(([key, setting]) => [key, { ...setting, name: setting.name ?? key }]),
  ) as unknown as Group;
}

/** Some settings of a group, in the order of the keys. */
export function pick<Group extends Settings, Key extends keyof Group & string>(
  group: Group,
  ...keys: readonly Key[]
): Pick<Group, Key> {
  return Object.fromEntries(keys.map((key) => [key, group[key]])) as unknown as Pick<Group, Key>;
}

/** The same settings without flags: they are read from the environment and the file only. */
export function withoutFlags<Group extends Settings>(group: Group): Group {
  return Object.fromEntries(
    Object.entries(group).map(([key, setting]) => [key, { ...setting, noFlag: true }]),
  ) as unknown as Group;
}
