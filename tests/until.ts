import { assert } from "@std/assert/mod.js";

/**
 * Resolves once the condition holds. Looks at it between turns of the event loop, 2 ms apart, for what no event announces
 * of: the state of another process or of a server. A condition that throws does not hold yet. Asserts that it holds
 * within the time.
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { what = `${condition}`, withinMs = 60_000 } = {},
): Promise<void> {
  for (const started = performance.now(); !await holds(condition);) {
    assert(performance.now() - started < withinMs, `still waiting after ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function holds(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await condition();
  } catch {
    return false;
  }
}
