import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { openConfiguredCoordinator } from "../../../lib/cli/open/open_parts.ts";
import { recipeOf } from "../../../lib/cli/open/recipe_of.ts";
import { runSections } from "../../../lib/cli/run/run_commands.ts";
import { openModel } from "../../../lib/cli/open/open_model.ts";
import { resolveSettings } from "../../../lib/settings/resolve_settings.ts";

/** The PEM file that the coordination's server is verified with: it is named because it is missing. */
async function authoritiesOf(fleet: string, queueCa: string, cacheCa: string): Promise<string> {
  const env = { SLUICE_QUEUE: "rediss://queue", SLUICE_QUEUE_CA: queueCa };
  const flags = { from: "in", to: "out", model: "reference:", fleet, cacheCa };
  const config = resolveSettings(runSections, { flags, env });
  const model = await openModel(config.model);
  const { message } = await assertRejects(
    () => openConfiguredCoordinator(config, recipeOf(config), model),
    Error,
  );
  await model.close();
  return /[a-z]+\.pem/.exec(message)![0];
}

Deno.test("openConfiguredCoordinator() verifies the queue's server with queueCa, and another one with cacheCa", async () => {
  assertEquals(await authoritiesOf("rediss://queue", "queue.pem", "cache.pem"), "queue.pem");
  assertEquals(await authoritiesOf("rediss://cache", "queue.pem", "cache.pem"), "cache.pem");
});
