import { faults } from "../../fakes/model.ts";
import { endedUndone, endedWell, finishes, pause, type Row, survived } from "../row.ts";
import type { World } from "../world.ts";

export const modelRows: Row[] = [
  survived("model: 30 % UNAVAILABLE", (world) => {
    world.model.options = { fail: () => world.random(1, 10) <= 3 ? { code: "UNAVAILABLE" } : undefined };
  }, { asksAgain: true }),
  survived("model: RESOURCE_EXHAUSTED at times", (world) => {
    world.model.options = {
      fail: () => world.random(1, 10) <= 3 ? { code: "RESOURCE_EXHAUSTED" } : undefined,
    };
  }, { asksAgain: true }),
  survived("model: DEADLINE_EXCEEDED at times", (world) => {
    world.model.options = {
      fail: () => world.random(1, 10) <= 3 ? { code: "DEADLINE_EXCEEDED" } : undefined,
    };
  }, { asksAgain: true }),
  survived("model: hangs once (deadline)", (world) => {
    world.model.options = { fail: ({ number }) => number === 2 ? "hang" : undefined };
  }, { asksAgain: true, args: ["--model-deadline", "2s"] }),
  {
    fault: "model: restarts on its port",
    async run(world) {
      world.issue(6);
      world.model.options = { delayMs: 30 };
      const run = world.start("--max-call-questions", "50");
      while (world.model.calls.length < 3) await pause(10);
      await world.model.restart(world.random(50, 2_000));
      return endedWell(await run.ended);
    },
  },
  survived(
    "model: GOAWAY, ten times over",
    (world) => {
      world.model.options = { delayMs: 15 };
      let times = 0;
      const timer = setInterval(() => {
        if (++times > 10) clearInterval(timer);
        else if (world.model.calls.length > 0) world.model.goAway(50);
      }, 60);
    },
    { args: ["--max-call-questions", "50"] },
  ),
  ...Object.entries(faults).filter(([name]) => name !== "swapped").map(([name, fault]) =>
    survived(`model: answers ${name}`, (world) => {
      world.model.options = { fault: ({ number }) => number % 3 === 1 ? fault : undefined };
    }, { asksAgain: true })
  ),
  survived("model: a message too large for it", (world) => {
    world.model.options = {
      fail: ({ questions }) =>
        questions.length > 60
          ? { code: "RESOURCE_EXHAUSTED", details: "Received message larger than max (70000 vs 65536)" }
          : undefined,
    };
  }, { asksAgain: true }),
  {
    fault: "model: refuses one question",
    async run(world) {
      world.issue(6);
      const [company, title] = ["a", "bc"];
      world.model.options = { refuse: (key) => key.company === company && key.title === title };
      const result = await world.run("--max-call-questions", "1000");
      world.refuse(company, title);
      // ⌈keys / 1000⌉ calls, and about twelve for the one that is refused.
      const { calls } = world.model.stats(), most = Math.ceil(world.keys / 1_000) + 13;
      return [...endedWell(result), ...calls > most ? [`${calls} calls in place of ${most}`] : []];
    },
  },
  {
    fault: "model: refuses all questions",
    async run(world) {
      world.issue(6);
      world.model.options = { refuse: () => true };
      const remarks = endedUndone(await world.run());
      const { calls } = world.model.stats();
      if (calls > 60) remarks.push(`${calls} calls to a model that refuses everything`);
      const names = await world.outputs.names();
      if (names.length > 0) remarks.push(`outputs nevertheless: ${names}`);
      world.model.options = {};
      return [...remarks, ...await finishes(world)];
    },
  },
  {
    fault: "model: refuses its callers for good",
    async run(world) {
      world.issue(6);
      world.model.options = { fail: () => ({ code: "UNAUTHENTICATED" }) };
      const remarks = endedUndone(await world.run());
      if (world.model.calls.length > 8) remarks.push(`${world.model.calls.length} calls`);
      world.model.options = {};
      return [...remarks, ...await finishes(world), ...questionsAskedTwiceAtMost(world)];
    },
  },
  {
    fault: "model: down for longer than --model-patience",
    async run(world) {
      world.issue(4);
      world.model.options = { fail: () => ({ code: "UNAVAILABLE" }) };
      const remarks = endedUndone(await world.run("--model-patience", "1s"));
      // The breaker lets one call at a time through: a model that is down is not hammered.
      if (world.model.calls.length > 30) remarks.push(`${world.model.calls.length} calls in a second`);
      world.model.options = {};
      return [...remarks, ...await finishes(world)];
    },
  },
];

/** Calls that failed were heard, and nothing else was asked again. */
function questionsAskedTwiceAtMost(world: World): string[] {
  const failed = world.model.calls.slice(0, 8).flatMap(({ questions }) => questions).length;
  const { questions } = world.model.stats();
  return questions > world.keys + failed ? [`${questions} questions for ${world.keys} keys`] : [];
}
