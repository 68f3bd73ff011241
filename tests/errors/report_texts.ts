import { GroupTable, type GroupTableOptions } from "../../lib/report/group_table.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";
import type { Scene } from "./scene.ts";

/** A report of `in/a.jsonl` by company that cannot be made. */
function report(
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
      const all = { from: `${scene.folder}/in`, by: "company", ...flags(scene) };
      return scene.sluice([
        "report",
        ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]),
      ]);
    },
  };
}

/** A table that two groups are too many for. */
function table(when: string, text: string, options: GroupTableOptions): ErrorText {
  return {
    when,
    text,
    provoke: () =>
      failureOf(() => {
        const table = new GroupTable(["company", "title"], options);
        for (const title of ["a", "b"]) table.add(["Acme", title], 1);
      }),
  };
}

const advice = "take a field with fewer values, or fewer objects by --include, --exclude, --since or --until";

export const reportTexts: ErrorTexts = {
  name: "sluice report",
  rows: [
    report("a report by no field", 'sluice: Cannot report by nothing: --by must name a field, not ","', {
      status: 2,
      flags: () => ({ by: "," }),
    }),
    report(
      "a report of no time",
      "sluice: Cannot use since and until together: since (2024-07-17T00:00:00Z) must be before until (2024-07-17T00:00:00Z)",
      { status: 2, flags: () => ({ since: "2024-07-17", until: "2024-07-17" }) },
    ),
    report(
      "a report of an empty folder",
      "sluice: Cannot report on file://<DIR>/empty/: there are no objects",
      {
        flags(scene) {
          Deno.mkdirSync(`${scene.folder}/empty`);
          return { from: `${scene.folder}/empty` };
        },
        status: 4,
      },
    ),
    report(
      "a report of records that have no levels yet",
      "sluice: Cannot report on file://<DIR>/in/: of 1 record, none has a level from 1 to 7 in the field " +
        '"seniority"; --from is where sluice run writes to',
      { flags: () => ({}) },
    ),
    report(
      "a report of a damaged object",
      "sluice: Cannot read file://<DIR>/in/b.jsonl.gz: gzip ends in the middle of a member, after 3 bytes",
      {
        flags(scene) {
          scene.write("in/b.jsonl.gz", Uint8Array.of(0x1f, 0x8b, 8));
          return {};
        },
      },
    ),
    report("a report to a folder", "sluice: Cannot write <DIR>/in: it is a folder", {
      flags: ({ folder }) => ({ to: `${folder}/in` }),
    }),
    report(
      "a report to a folder that is not there",
      "sluice: Cannot write <DIR>/absent/a.html: there is no such folder",
      { flags: ({ folder }) => ({ to: `${folder}/absent/a.html` }) },
    ),
    table(
      "too many groups",
      `Cannot report by company, title: there are more than 1 groups (maxGroups); ${advice}`,
      { maxGroups: 1 },
    ),
    table(
      "groups whose names are too long",
      "Cannot report by company, title: the names of its groups have more than 9 characters (maxNameUnits); " +
        advice,
      { maxNameUnits: 9 },
    ),
  ],
};
