import { pick } from "../../settings/sections.ts";
import { optional, toggle } from "../../settings/setting.ts";
import { command, type Family } from "../command.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, job, recipe, records, shortcuts, model, cache, concurrency } = sections;
const { s3, postgres, watch, fleet, queue, service, output } = sections;

const appliedShortcuts = pick(
  shortcuts,
  ...["provenance", "cluster", "agreement", "agreementSample", "rare", "rareBelow", "rareMemory"] as const,
);

export const enqueueCommand = command({
  name: "enqueue",
  describe: "Adds a job for each object that is not processed yet to a queue that many machines work on.",
  settings: {
    source: pick(source, "url", "include", "exclude", "since", "until", "skipArchived"),
    destination: pick(destination, "url"),
    job: pick(job, "ledger"),
    recipe,
    records: pick(records, "format"),
    shortcuts: appliedShortcuts,
    model: {
      url: optional(model.url, { help: "The model of the workers; only whether that is reference: matters" }),
    },
    s3,
    postgres,
    watch: pick(watch, "every"),
    queue: {
      ...pick(queue, "url", "name", "ca", "follow", "tries", "retryAfter"),
      url: { ...queue.url, required: "the queue that the jobs are added to, redis://HOST:PORT" },
    },
    output: pick(output, "json", "quiet", "allowEmpty"),
  },
  examples: `Examples:
  A job for each object that is not processed yet; running it again adds none twice:
    sluice enqueue --from s3://raw/postings/ --to s3://mod/postings/ --queue redis://queue:6379
  And for each new object, until it is stopped:
    sluice enqueue --from s3://raw/postings/ --to s3://mod/postings/ --queue redis://queue:6379 --follow
Whether an object is processed depends on the recipe: give enqueue and work the same settings, best in one file.

Exit status:
  0  all objects are enqueued; with --follow, it was stopped
  1  something could not be listed or added; jobs that were added stay
  2  the command line or a setting cannot be used
  4  nothing was found to process under --from (0 with --allow-empty)
  130, 143  stopped by SIGINT, SIGTERM, without --follow`,
  endsByStop: ({ queue }) => queue.follow,
  run: async (config, io) => (await import("./enqueue.ts")).enqueue(config, io),
});

export const workCommand = command({
  name: "work",
  describe: "Processes the objects of a queue's jobs until it is stopped, on as many machines as you like.",
  settings: {
    source: {
      url: optional(source.url, { help: "Source of the objects", defaultText: "the queue's" }),
      ...pick(source, "skipArchived", "idleTimeout"),
    },
    destination: {
      ...pick(destination, "url", "overwrite", "maxRejects", "abandonAfter"),
      url: optional(destination.url, { help: "Destination of the outputs", defaultText: "the queue's" }),
    },
    job: pick(job, "grace", "ledger"),
    recipe,
    records,
    shortcuts: appliedShortcuts,
    model,
    cache,
    concurrency,
    s3,
    postgres,
    watch: pick(watch, "linger"),
    fleet,
    queue: {
      ...pick(queue, "url", "name", "ca", "claimTimeout", "untilEmpty"),
      url: { ...queue.url, required: "the queue that the jobs are in, redis://HOST:PORT" },
    },
    service: pick(service, "listen", "token", "pricePer1000"),
    output: pick(output, "logFormat", "logLevel"),
  },
  examples: `Examples:
  On each machine, until it is stopped:
    sluice work --queue redis://queue:6379 --model grpc://model:50051 --cache redis://cache:6379
  From cron, or as a batch job; exits when there is nothing left to do:
    sluice work --queue redis://queue:6379 --model grpc://model:50051 --cache redis://cache:6379 --until-empty
If a machine is lost, nothing is: its jobs go to the others half a minute to a minute later. Use a cache that all of them
reach, or each of them asks the model on its own.

Exit status:
  0  it was stopped, and all jobs in flight were finished or handed back; with --until-empty: all jobs are done
  1  it could not start; with --until-empty: jobs have failed
  2  the command line or a setting cannot be used
  130, 143  a second SIGINT, SIGTERM stopped it at once`,
  endsByStop: true,
  run: async (config, io) => (await import("./work.ts")).work(config, io),
});

/** The queue that a command of the family is about. */
const whichQueue = {
  queue: {
    ...pick(queue, "url", "name", "ca"),
    url: { ...queue.url, required: "the queue that the jobs are in, redis://HOST:PORT" },
  },
};

const queueExamples = `Examples:
  sluice queue --queue redis://queue:6379
  sluice queue retry --queue redis://queue:6379
  sluice queue retry 1721183934.jsonl --queue redis://queue:6379
  sluice queue drop --queue redis://queue:6379

Exit status:
  0  shown, retried, dropped
  1  the queue cannot be reached, or has no failed job of these names
  2  the command line or a setting cannot be used`;

export const queueFamily: Family = {
  name: "queue",
  describe: "Shows queue status and failed jobs; retries or discards them.",
  examples: queueExamples,
  commands: [
    command({
      name: "queue show",
      describe:
        "Shows how many jobs are waiting, claimed and failed, and why they failed. Same as queue alone.",
      isDefault: true,
      settings: whichQueue,
      flags: { json: toggle({ help: "Print one JSON object in place of text" }) },
      examples: queueExamples,
      run: async (config, io) => (await import("./queue_show.ts")).queueShow(config, io),
    }),
    command({
      name: "queue retry [names...]",
      describe:
        "Puts failed jobs back in the queue, those of the named objects or all, with all their attempts.",
      settings: whichQueue,
      examples: queueExamples,
      run: async (config, io, names) => (await import("./queue_change.ts")).queueRetry(config, names, io),
    }),
    command({
      name: "queue drop [names...]",
      describe: "Discards failed jobs, those of the named objects or all.",
      settings: whichQueue,
      flags: {
        waiting: toggle({ help: "Discard the jobs that no worker has claimed yet, in place of failed ones" }),
      },
      examples: queueExamples,
      run: async (config, io, names) => (await import("./queue_change.ts")).queueDrop(config, names, io),
    }),
  ],
};
