import { DatabaseSync } from "node:sqlite";
import type { ErrorText, ErrorTexts } from "./error_text.ts";
import { record, type Scene } from "./scene.ts";

interface Telling {
  readonly status?: number;
  readonly flags: (
    scene: Scene,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
}

/** What `sluice warm` says on standard error. */
function warm(when: string, text: string, { status = 1, flags }: Telling): ErrorText {
  return {
    when,
    text,
    status,
    async provoke(scene) {
      const all = { model: "reference:", cache: `sqlite:${scene.folder}/cache.db`, ...await flags(scene) };
      return await scene.sluice([
        "warm",
        ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      ]);
    },
  };
}

const from = ({ folder }: Scene) => ({ from: `${folder}/in` });

export const warmTexts: ErrorTexts = {
  name: "sluice warm",
  rows: [
    warm(
      "warming from nowhere",
      "sluice: Cannot start without --from, --pairs or --from-output: one of them says where the pairs come from",
      { status: 2, flags: () => ({}) },
    ),
    warm(
      "warming from two places",
      "sluice: Cannot use --from and --from-output together: the pairs come from one place",
      { status: 2, flags: (scene) => ({ ...from(scene), "from-output": `${scene.folder}/in` }) },
    ),
    warm(
      "warming without giving up any of the model's rate, the other way round",
      'sluice: Cannot set idleShare by --idle-share: must be below 100%, not "100%"',
      { status: 2, flags: (scene) => ({ ...from(scene), "idle-share": "100%" }) },
    ),
    {
      when: "warming without a model",
      text:
        "sluice: Cannot start without --model: there is no default, so that no one gets made-up levels by " +
        "forgotten a flag; one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try " +
        "things out)",
      status: 2,
      provoke: (scene) => scene.sluice(["warm", "--from", `${scene.folder}/in`]),
    },
    warm(
      "warming a cache that ends with its process",
      "sluice: Cannot use cache memory: here: nothing of it outlives a run; " +
        "it must be redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH or sqlite:PATH",
      { status: 2, flags: (scene) => ({ ...from(scene), cache: "memory:" }) },
    ),
    warm(
      "warming from a list that is not there",
      "sluice: Cannot read <DIR>/absent.jsonl: there is no such file",
      {
        flags: ({ folder }) => ({ pairs: `${folder}/absent.jsonl` }),
      },
    ),
    warm(
      "warming from a list with more pairs than may be held",
      "sluice: Cannot read <DIR>/list.jsonl: it has more than 1 pairs (maxPairs)",
      {
        flags: (scene) => ({
          pairs: scene.write(
            "list.jsonl",
            '{"company":"a","title":"b"}\n{"company":"a","title":"c"}\n',
          ),
          "max-pairs": "1",
        }),
      },
    ),
    warm(
      "warming from an output with more pairs than may be held",
      "sluice: Cannot hold more than 1 pairs: take fewer objects by --include, --exclude, --since or --until, " +
        "or more memory by --max-pairs",
      {
        flags: (scene) => {
          scene.write(
            "out/a.jsonl",
            '{"company":"a","title":"b","seniority":1}\n{"company":"a","title":"c","seniority":1}\n',
          );
          return { "from-output": `${scene.folder}/out`, "max-pairs": "1", "trust-model": "reference:1" };
        },
      },
    ),
    warm("warming up to the limit of questions", "Stopped asking the model: maxQuestions is 0", {
      flags: (scene) => ({ ...from(scene), "max-questions": "0" }),
    }),
    {
      when: "warming a cache that takes no answers",
      text: "Continuing without writing to the cache: Cannot write to sqlite:<DIR>/cache.db: no room\n" +
        "Stopped asking the model: answers cannot be written to sqlite:<DIR>/cache.db\n" +
        "Cannot write 2 answers to sqlite:<DIR>/cache.db: it still takes none; later runs will ask them again",
      status: 1,
      async provoke(scene) {
        const path = `${scene.folder}/cache.db`;
        const cache = ["--cache", `sqlite:${path}`];
        await scene.sluice(["cache", "set", "--company", "a", "--title", "b", "--answer", "1", ...cache]);
        using database = new DatabaseSync(path);
        database.exec(
          "CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'no room'); END",
        );
        scene.write("in/b.jsonl", record("y") + record("z") + record("zz"));
        const model = await scene.model();
        return await scene.sluice([
          ...["warm", "--from", `${scene.folder}/in`, "--model", model.url, ...cache],
          ...["--max-call-questions", "1", "--max-in-flight-calls", "1", "--model-calls-per-second", "100"],
        ]);
      },
    },
    {
      when: "warming that is stopped",
      text: "Stopping: what is under way has 10 s to be finished; once more to stop at once\n" +
        "Stopped by a signal: what is not answered yet is left to the next time",
      status: 143,
      async provoke(scene) {
        const called = Promise.withResolvers<void>();
        const model = await scene.model({
          delayMs: ({ questions }) => {
            if (questions.length > 0) called.resolve();
            return 50;
          },
        });
        return await scene.sluice(
          [
            ...["warm", "--from", `${scene.folder}/in`, "--model", model.url],
            ...["--cache", `sqlite:${scene.folder}/cache.db`],
          ],
          { stop: called.promise },
        );
      },
    },
  ],
};
