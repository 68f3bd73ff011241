import { DistinctKeys } from "../../lib/estimate/distinct_keys.ts";
import { estimate as estimateOf } from "../../lib/estimate/estimate.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import { record, type Scene } from "./scene.ts";

/** An estimate of `in/a.jsonl` that cannot be made, or not as it should be. */
function estimate(
  when: string,
  text: string,
  { status = 1, flags }: {
    readonly status?: number;
    readonly flags: (scene: Scene) => Readonly<Record<string, string>>;
  },
): ErrorText {
  return {
    when,
    text,
    status,
    provoke(scene) {
      const all = { from: `${scene.folder}/in`, cache: "none:", ...flags(scene) };
      return scene.sluice([
        "estimate",
        ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      ]);
    },
  };
}

export const estimateTexts: ErrorTexts = {
  name: "sluice estimate",
  rows: [
    estimate(
      "an estimate of no time",
      "sluice: Cannot use since and until together: since (2024-07-17T00:00:00Z) must be before until (2024-07-17T00:00:00Z)",
      { status: 2, flags: () => ({ since: "2024-07-17", until: "2024-07-17" }) },
    ),
    estimate(
      "an estimate by a sample that is no percentage",
      'sluice: Cannot set sample by --sample: must be a percentage from 0% to 100%, not "10"',
      { status: 2, flags: () => ({ sample: "10" }) },
    ),
    estimate(
      "an estimate by a sample of nothing",
      'sluice: Cannot set sample by --sample: must be above 0%, not "0%"',
      { status: 2, flags: () => ({ sample: "0%" }) },
    ),
    estimate("an estimate of an empty folder", "NOTHING TO DO: there are no objects in file://<DIR>/empty/", {
      status: 4,
      flags(scene) {
        Deno.mkdirSync(`${scene.folder}/empty`);
        return { from: `${scene.folder}/empty` };
      },
    }),
    estimate(
      "an estimate of files that are no record files",
      "NOTHING TO DO: of 1 object in file://<DIR>/in/, none is to be processed: 1 not selected by --exclude",
      { status: 0, flags: () => ({ exclude: "a*" }) },
    ),
    estimate(
      "an estimate of a damaged object",
      "Cannot read file://<DIR>/in/b.jsonl.gz: gzip ends in the middle of a member, after 3 bytes",
      {
        flags(scene) {
          scene.write("in/b.jsonl.gz", Uint8Array.of(0x1f, 0x8b, 8));
          return {};
        },
      },
    ),
    estimate(
      "an estimate with a cache that cannot be looked at",
      "sluice: Cannot look at <DIR>/in/a.jsonl/cache.db: ENOTDIR: not a directory, stat '<DIR>/in/a.jsonl/cache.db'",
      { flags: ({ folder }) => ({ cache: `sqlite:${folder}/in/a.jsonl/cache.db` }) },
    ),
    estimate(
      "an estimate of lines that are no records",
      `Cannot take line 2 of file://<DIR>/in/b.jsonl as a record: not JSON (invalid_json): x\n` +
        `Cannot take line 3 of file://<DIR>/in/b.jsonl as a record: ` +
        `the field "title" is missing (missing_key_field): {"company":"a"}`,
      {
        status: 0,
        flags(scene) {
          scene.write("in/b.jsonl", '\nx\n{"company":"a"}\nx\n' + record("y"));
          return {};
        },
      },
    ),
    {
      when: "an estimate of a strategy that was not counted",
      text: "Cannot estimate the strategy --normalize none: it was not counted",
      provoke: () =>
        failureOf(() =>
          estimateOf({
            objects: { found: 0, ignored: 0, skipped: 0, read: 0, gone: 0, failed: 0 },
            skippedObjects: { reasons: {}, names: [] },
            counts: { in: 0, rejected: 0, blank: 0, reasons: {} },
            strategies: [],
            chosen: "--normalize none",
            cache: { url: "none:", state: "none" },
          }, { maxCallQuestions: 1, maxCallBytes: 1_024, callsPerSecond: 1 })
        ),
    },
    {
      when: "a count of no keys",
      text: "Cannot count keys: maxKeys is 0, not 1 or more",
      provoke: () => failureOf(() => new DistinctKeys({ maxKeys: 0 })),
    },
  ],
};
