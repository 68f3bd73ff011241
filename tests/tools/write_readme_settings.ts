/** Brings the README's settings up to date: `deno run --allow-read --allow-write tests/tools/write_readme_settings.ts`. */
import { updateSettings } from "../../lib/cli/settings/settings_reference.ts";

const readme = new URL("../../README.md", import.meta.url);
await Deno.writeTextFile(readme, updateSettings(await Deno.readTextFile(readme)));
