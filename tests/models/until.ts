import { assertLess } from "@std/assert/mod.js";

/** Resolves once the condition holds, looked at between turns of the event loop; for at most 5 seconds. */
export async function until(condition: () => boolean): Promise<void> {
  const started = performance.now();
  while (!condition()) {
    assertLess(performance.now() - started, 5_000, `still waiting for ${condition}`);
    await new Promise((resolve) => setTimeout(resolve));
  }
}
