import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { openConfiguredCoordinator, recipeOf } from "../../../lib/cli/open/open_parts.ts";
import { openModel } from "../../../lib/cli/open/open_model.ts";
import { loadWorkConfig } from "../../../lib/cli/settings/config.ts";

/** The PEM file that a fleet's server is checked with: it is named where it is not there. */
async function authoritiesOf(fleet: string, ...files: string[]): Promise<string> {
  const [queueCa, cacheCa] = files;
  const flags = { model: "reference:", queue: "rediss://queue", fleet, queueCa, cacheCa };
  const config = await loadWorkConfig(flags, { env: {} });
  const model = await openModel("reference:", config);
  const { message } = await assertRejects(
    () => openConfiguredCoordinator(config, recipeOf(config), model),
    Error,
  );
  await model.close();
  return /[a-z]+\.pem/.exec(message)![0];
}

Deno.test("openConfiguredFleet() checks the queue's server with queueCa, and another one with cacheCa", async () => {
  assertEquals(await authoritiesOf("rediss://queue", "queue.pem", "cache.pem"), "queue.pem");
  assertEquals(await authoritiesOf("rediss://cache", "queue.pem", "cache.pem"), "cache.pem");
});
