import { assertEquals } from "@std/assert/mod.js";
import { install } from "@sinonjs/fake-timers";
import { Stopping } from "../../lib/cli/stopping.ts";

const said = "Stopping: work in flight has 10 s to finish; interrupt again to stop at once";

for (const isEarly of [false, true]) {
  const when = isEarly ? "before it was made" : "later";
  Deno.test(`Stopping ends everything after the grace, asked ${when}`, async () => {
    const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const asked = new AbortController(), messages: string[] = [];
      const reason = new Error("stop");
      if (isEarly) asked.abort(reason);
      using stopping = new Stopping(asked.signal, 10, (message) => messages.push(message));
      if (!isEarly) asked.abort(reason);
      assertEquals(messages, [said]);
      await clock.tickAsync(9_999);
      assertEquals(stopping.end.aborted, false);
      await clock.tickAsync(1);
      assertEquals(stopping.end.reason, reason);
    } finally {
      clock.uninstall();
    }
  });
}
