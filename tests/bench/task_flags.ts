import { fileURLToPath } from "node:url";

/** The project's folder, ending in `/`. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The flags of `deno task sluice`: permissions, and its options for V8. */
export function taskFlags(): {
  readonly permissions: string[];
  readonly v8: string[];
} {
  const manifest = JSON.parse(Deno.readTextFileSync(`${root}deno.json`));
  const flags: string[] = manifest.tasks.sluice.command.split(" ").filter((
    word: string,
  ) => word.startsWith("--"));
  const isV8 = (flag: string) => flag.startsWith("--v8-flags");
  return {
    permissions: flags.filter((flag) => !isV8(flag)),
    v8: flags.filter(isV8),
  };
}
