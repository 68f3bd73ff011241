import * as v from "valibot";
import { s3AccessSettings } from "../../stores/store_settings.ts";
import { pick, withoutFlags } from "../../settings/sections.ts";
import { bytes, choice, optional, toggle } from "../../settings/setting.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, records, postgres, match, queue, output } = sections;

const rangeMessage =
  "must be START-END, or START-END@LINE, in bytes of the object, as csvChunks() returns them";

export const matchSections = {
  source: pick(source, "idleTimeout"),
  destination: pick(destination, "maxRejects"),
  records: pick(records, "csvDelimiter", "csvHeader", "maxLineBytes", "maxExpansion"),
  s3: s3AccessSettings,
  postgres: {
    ...pick(postgres, "ca", "timeout"),
    timeout: { ...postgres.timeout, help: "PostgreSQL response timeout" },
  },
  // `matchesTo` applies if --to is not given.
  match: { ...match, ...withoutFlags(pick(match, "to")) },
  output: pick(output, "json", "quiet", "allowRejects", "allowEmpty"),
};

/** By flags only: in the environment and in a file these are those of `run` and `work`. */
export const matchFlags = {
  from: optional(source.url, {
    help: "Source of the menus: a file, a folder, an S3 prefix or an S3 object ending in .csv or .csv.gz",
  }),
  to: {
    ...match.to,
    help: "Table for the pairs, one for each menu and term; its password may stand in PGPASSWORD",
    defaultText: "matchesTo, else sqlite:.sluice/matches.db",
  },
  overwrite: {
    ...destination.overwrite,
    help: "Also replace a file of --to that Sluice did not write, or its .rejects.jsonl",
  },
  include: source.include,
  exclude: source.exclude,
  skipArchived: source.skipArchived,
  format: choice(["csv"], {
    help: "Format of the menus, in files of any name",
    defaultText: "by the name: .csv, or that with .gz or .zst; others are skipped",
  }),
  range: {
    help: "Match only the records between two offsets of one object; may say which line they start with",
    placeholder: "START-END[@LINE]",
    json: { type: "string" },
    schema: v.pipe(
      v.string(rangeMessage),
      v.regex(/^\d{1,15}-\d{1,15}(?:@[1-9]\d{0,14})?$/, rangeMessage),
      v.transform((range) => {
        const [start, end, firstLine] = range.split(/[-@]/).map(Number) as [number, number, number?];
        return { start, end, firstLine };
      }),
      v.check(({ start, end }) => start < end, rangeMessage),
    ),
  },
  queue: {
    ...queue.url,
    help: "Match the chunks of this queue's jobs, in place of --from, until the queue is empty",
  },
  enqueue: toggle({ help: "Match nothing: add a job to --queue for each chunk of each object of --from" }),
  chunkBytes: bytes({
    help: "--enqueue: size of a chunk, of whole records; a compressed object is one chunk",
    min: 1024,
    max: 1024 ** 4,
    default: 16 * 1024 ** 2,
  }),
  queueName: {
    ...queue.name,
    help: "Name of the queue in that Redis; each source of menus needs its own",
    default: "menus",
  },
  queueCa: queue.ca,
  tries: { ...queue.tries, help: "--enqueue: attempts at a chunk before its job fails, 1 to 100" },
  retryAfter: {
    ...queue.retryAfter,
    help: "--enqueue: delay before a chunk that failed is retried; doubles with each attempt",
  },
  claimTimeout: {
    ...queue.claimTimeout,
    help: "Time after a worker's last sign of life until its jobs go to others; up to twice as long",
  },
};
