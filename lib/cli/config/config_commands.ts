import { command, type Family } from "../command.ts";

export const configFamily: Family = {
  name: "config",
  describe: "Checks files of settings, and prints their JSON Schema.",
  examples: `Examples:
  sluice config check sluice.jsonc
  sluice config schema > sluice.schema.json`,
  commands: [
    command({
      name: "config check [file]",
      describe:
        "Checks a file of settings, and prints unknown keys, unusable values and contradictions with their lines.",
      examples: `Examples:
  sluice config check
  sluice config check production.jsonc

Exit status:
  0  the file can be used
  2  it cannot, or it cannot be read`,
      run: async (_, io, [file]) => (await import("./config_check.ts")).configCheck(file, io),
    }),
    command({
      name: "config schema",
      describe: "Prints the JSON Schema of sluice.jsonc, which editors complete and check settings by.",
      examples: `Example:
  sluice config schema > sluice.schema.json
Name it in the file: "$schema": "./sluice.schema.json"`,
      run: async (_, io) => (await import("./config_schema.ts")).configSchema(io),
    }),
  ],
};

export const initCommand = command({
  name: "init [file]",
  describe: "Writes a commented file of settings, sluice.jsonc by default; does not overwrite one.",
  examples: `Examples:
  sluice init
  sluice init production.jsonc`,
  run: async (_, io, [file]) => (await import("./init.ts")).init(file, io),
});
