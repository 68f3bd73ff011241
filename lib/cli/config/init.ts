import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import { defaultConfigPath } from "../../settings/config_file.ts";
import { settingsOf } from "../../settings/sections.ts";
import { defaultOf } from "../../settings/setting.ts";
import { fileExample } from "../../settings/settings_schema.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { headings, sections } from "../settings/sections.ts";

/**
 * Writes a commented file of settings; resolves to the exit status.
 *
 * @throws {SluiceError} The file exists, or cannot be written.
 */
export async function init(path: string = defaultConfigPath, io: Io): Promise<number> {
  try {
    await Deno.writeTextFile(path, initialFile(), { createNew: true });
  } catch (error) {
    const isThere = error instanceof Deno.errors.AlreadyExists;
    throw new SluiceError({
      kind: isThere ? "settings" : "sink",
      action: "write",
      subject: path,
      reason: isThere ? "it exists already, and is not overwritten" : reasonOf(error),
      cause: error,
    });
  }
  io.stderr(`Wrote ${path}: set source, destination and model; sluice check tries them out\n`);
  return exitStatus.done;
}

/** A few settings that almost every user sets. */
const set: Readonly<Record<string, unknown>> = {
  from: "postings/",
  to: "out/",
  model: "grpc://localhost:50051",
  cache: "sqlite:.sluice/cache.db",
};

/** All settings, by their sections: those that almost every user sets, and the others as comments with their defaults. */
export function initialFile(): string {
  const lines = [
    "// Settings of Sluice. The command line and the SLUICE_* variables win over this file.",
    "// Secrets are better kept in the environment: SLUICE_MODEL_HEADER, SLUICE_TOKEN, PGPASSWORD.",
    "{",
    "  // For completion in editors, after: sluice config schema > sluice.schema.json",
    '  // "$schema": "./sluice.schema.json",',
  ];
  const all = settingsOf(sections);
  for (const section of Object.keys(sections) as (keyof typeof sections)[]) {
    lines.push("", `  // ${headings[section]}`, `  ${JSON.stringify(section)}: {`);
    for (const { key, name, setting } of all.filter((placed) => placed.section === section)) {
      const written = defaultOf(setting);
      const entry = `${JSON.stringify(key)}: ${JSON.stringify(set[name] ?? fileExample(setting))},`;
      lines.push(
        `    // ${setting.help}${written === "" || written === "required" ? "" : ` (default: ${written})`}`,
        `    ${Object.hasOwn(set, name) ? "" : "// "}${entry}`,
      );
    }
    lines.push("  },");
  }
  return `${lines.join("\n")}\n}\n`;
}
