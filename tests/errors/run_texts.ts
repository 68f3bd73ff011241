import type { ErrorText, ErrorTexts } from "./error_text.ts";
import { record, type Scene } from "./scene.ts";

const denied = { status: 403, code: "AccessDenied", message: "Access Denied" };
const fromS3 = { from: "s3://raw/in/", to: "s3://mod/out/" };

/** A run, and what it says. */
function run(when: string, text: string, status: number, provoke: ErrorText["provoke"]): ErrorText {
  return { when, text, status, provoke };
}

export const runTexts: ErrorTexts = {
  name: "run()",
  rows: [
    run("a source that is empty", "NOTHING TO DO: there are no objects in file://<DIR>/in/", 4, (scene) => {
      Deno.removeSync(`${scene.folder}/in/a.jsonl`);
      return scene.run();
    }),
    run(
      "a source without anything that is wanted",
      "NOTHING TO DO: of 1 object in file://<DIR>/in/, none is to be processed: 1 not selected by --include",
      4,
      (scene) => scene.run({ include: "*.csv" }),
    ),
    run(
      "a fill where nothing was skipped",
      "NOTHING TO DO: no output in <DIR>/out holds nulls of rare pairs",
      0,
      (scene) => scene.run({}, { env: { SLUICE_FILL: "true" } }),
    ),
    run(
      "near titles that agree at first, and then do not",
      "Near titles share answers: 50 of 50 that are alike to 0.5 had the same one, so at least 92.86 % do; the agreement wanted is 0.9\n" +
        "Stopped sharing answers of near titles: 50 of 51 that are alike to 0.5 had the same one, so at least 89.69 % do; the agreement wanted is 0.9; each is asked until the agreement is shown again",
      0,
      (scene) => {
        const lines = (from: number, to: number, role: string) =>
          Array.from({ length: to - from }, (_, i) => {
            const ward = String.fromCharCode(97 + (from + i) % 26, 97 + (from + i) / 26).repeat(2);
            return record(`Community Health Services ${role} ${ward}`);
          }).join("");
        // The word list takes a dentist for an associate, and nothing says so here.
        scene.write("in/b.jsonl", lines(0, 51, "Receptionist") + lines(51, 52, "Dentist"));
        const flags = { "agreement": "0.9", "agreement-sample": "1", "window-records": "10", "objects": "1" };
        return scene.run({ ...flags, "max-in-flight-calls": "1" }, { env: { SLUICE_CLUSTER: "true" } });
      },
    ),
    run(
      "counts of pairs that are of another size",
      "Continuing without the counts of earlier runs: Cannot use <DIR>/state/sightings-<NAME>: not a sketch file, or a different size",
      0,
      async (scene) => {
        scene.hide(/(?<=sightings-)[0-9a-f]{16}/g, "<NAME>");
        await scene.run({ "rare": "skip", "rare-memory": "64KiB" });
        return await scene.run({ "rare": "skip", "rare-memory": "128KiB" });
      },
    ),
    run(
      "counts of pairs in a folder that is a file",
      "Continuing without the counts of earlier runs: Cannot use <DIR>/in/a.jsonl/sightings-<NAME>: Not a directory (os error 20)\n" +
        "Continuing without notes of unfinished uploads in <DIR>/in/a.jsonl/uploads: Not a directory (os error 20): mkdir '<DIR>/in/a.jsonl/uploads'\n" +
        "Cannot keep the counts of pairs in <DIR>/in/a.jsonl/sightings-<NAME>: File exists (os error 17): mkdir '<DIR>/in/a.jsonl'",
      0,
      (scene) => {
        scene.hide(/(?<=sightings-)[0-9a-f]{16}/g, "<NAME>");
        // Said by the runtime where it may not do everything.
        scene.hide(/: readfile '[^']*'/g, "");
        return scene.run({ rare: "skip", ledger: `${scene.folder}/in/a.jsonl/ledger.db` });
      },
    ),
    run(
      "no more questions than maxQuestions",
      "Cannot finish file://<DIR>/in/b.jsonl: Cannot ask more questions: maxQuestions is 1\n" +
        "Stopped asking: maxQuestions is 1; what is not done yet is left to the next run",
      1,
      (scene) => {
        scene.write("in/b.jsonl", record("y"));
        return scene.run({ "max-questions": "1", "objects": "1" });
      },
    ),
    run(
      "a signal while the model is asked",
      "Stopping: what is under way has 0 ms to be finished; once more to stop at once\n" +
        "Stopped by a signal: what is not done yet is left to the next run",
      143,
      async (scene) => {
        const called = Promise.withResolvers<void>();
        const { url } = await scene.model({
          fail() {
            called.resolve();
            return "hang";
          },
        });
        return await scene.run({ model: url, grace: "0s" }, { stop: called.promise });
      },
    ),
    run(
      "what a killed run has left behind in a folder",
      "Removed 1 unfinished upload of earlier runs in file://<DIR>/out/",
      0,
      (scene) => {
        const path = scene.write("out/.a.jsonl.00000000-0000-4000-8000-000000000000.sluice-tmp", "half");
        Deno.utimeSync(path, 0, 0);
        return scene.run();
      },
    ),
    run(
      "unfinished uploads that may not be listed",
      "Continuing without looking for unfinished uploads: Cannot list unfinished uploads of s3://mod/out/: 403 AccessDenied: Access Denied",
      0,
      async (scene) => {
        (await scene.s3()).fault({ operation: "ListMultipartUploads" }, denied);
        return await scene.run(fromS3);
      },
    ),
    run(
      "a ledger below a file",
      "Continuing without the ledger: Cannot open ledger <DIR>/in/a.jsonl/ledger.db: File exists (os error 17): mkdir '<DIR>/in/a.jsonl'",
      0,
      async (scene) => {
        await scene.s3();
        return await scene.run({ ...fromS3, ledger: `${scene.folder}/in/a.jsonl/ledger.db` });
      },
    ),
    run(
      "a source that may not be listed",
      "Cannot list s3://raw/in/: 403 AccessDenied: Access Denied",
      1,
      async (scene) => {
        (await scene.s3()).fault({ operation: "ListObjectsV2" }, denied);
        return await scene.run({ from: "s3://raw/in/" });
      },
    ),
    run(
      "one object that may not be written",
      "Cannot finish s3://raw/in/a.jsonl: Cannot write s3://mod/out/a.jsonl: 403 AccessDenied: Access Denied",
      1,
      async (scene) => {
        const s3 = await scene.s3();
        s3.put("raw", "in/b.jsonl", record("y"));
        s3.fault({ operation: "PutObject", key: "out/a.jsonl" }, denied);
        return await scene.run(fromS3);
      },
    ),
    run(
      "an output that another run writes at the same time",
      "Skipped s3://mod/out/a.jsonl: another process has written it in the meantime, as it should be",
      0,
      async (scene) => {
        const s3 = await scene.s3();
        s3.fault({ operation: "PutObject" }, async (_, proceed) => {
          await scene.run(fromS3); // the other one
          return await proceed();
        });
        return await scene.run(fromS3);
      },
    ),
  ],
};

/** A check of which one part fails. */
function check(when: string, text: string, provoke: (scene: Scene) => ReturnType<Scene["check"]>): ErrorText {
  return { when, text, status: 1, provoke };
}

export const checkTexts: ErrorTexts = {
  name: "check()",
  rows: [
    check(
      "a source that is not there",
      "FAILED  source       Cannot open <DIR>/absent: there is no such file or folder",
      (scene) => scene.check({ from: `${scene.folder}/absent` }),
    ),
    check(
      "a cache below a file",
      "FAILED  cache        Cannot write to <DIR>/in/a.jsonl/cache.db: <DIR>/in/a.jsonl is a file, not a folder; name another path with --cache",
      (scene) => scene.check({ cache: `sqlite:${scene.folder}/in/a.jsonl/cache.db` }),
    ),
    check(
      "a cache that is not there",
      "FAILED  cache        Cannot connect to redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      (scene) => scene.check({ cache: `redis://127.0.0.1:${scene.unusedPort()}` }),
    ),
    check(
      "coordination that is not there",
      "FAILED  fleet        Cannot connect to redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>",
      (scene) =>
        scene.check({
          cache: `sqlite:${scene.folder}/cache.db`,
          fleet: `redis://127.0.0.1:${scene.unusedPort()}`,
        }),
    ),
    check(
      "a model that is not there",
      "FAILED  model        Cannot ask grpc://127.0.0.1:<PORT>: UNAVAILABLE: No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:<PORT>",
      (scene) => {
        scene.hurry(0);
        return scene.check({ model: `grpc://127.0.0.1:${scene.unusedPort()}` });
      },
    ),
    check(
      "a source that does not answer",
      "FAILED  source       Cannot check the source: no answer in 15 s",
      (scene) => {
        scene.skipNextTimeout();
        return scene.check();
      },
    ),
    check(
      "a destination without conditions",
      "FAILED  writing      Cannot rely on s3://mod/out/: it let a write go over an object that was there, although the condition forbade it; two runs at once may overwrite each other's outputs",
      async (scene) => {
        const s3 = await scene.s3();
        s3.fault(({ headers }) => headers.has("if-none-match"), ({ headers }, proceed) => {
          headers.delete("if-none-match");
          return proceed();
        }, { times: 9 });
        return await scene.check(fromS3, "--probe");
      },
    ),
  ],
};
