import type { Command } from "commander";
import { loadEnqueueConfig, loadWorkConfig } from "../settings/config.ts";
import type { Settings, Values } from "../../settings/setting.ts";
import { sectionsOf } from "../settings/table.ts";
import { addConfig, addSettings } from "../add_settings.ts";
import { loadCacheSettings } from "../cache/cache_settings.ts";
import type { Io } from "../io.ts";
import { queueCommandSettings, queueDropFlags, queueShowFlags } from "./queue_settings.ts";

export interface AddQueueCommandsOptions {
  readonly io: Io;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where settings come from, for the end of `--help`. */
  readonly settingsHelp: string;
}

/** Adds `sluice enqueue`, `work` and `queue`; `onStatus` gets what their work resolves to. */
export function addQueueCommands(
  sluice: Command,
  { io, env, settingsHelp }: AddQueueCommandsOptions,
  onStatus: (status: number) => void,
): void {
  const enqueue = sluice.command("enqueue")
    .description("Adds a job for each object that is not done yet to a queue that many machines work on.")
    .action(async ({ config: path, ...flags }) => {
      const config = await loadEnqueueConfig(flags, { path, env });
      onStatus(await (await import("./enqueue.ts")).enqueue(config, io));
    });
  addSections(enqueue, "enqueue");
  enqueue.addHelpText("after", `\n${enqueueExamples}\n\n${settingsHelp}`);

  const work = sluice.command("work")
    .description(
      "Processes the objects that a queue's jobs name, until it is stopped; on as many machines as you like.",
    )
    .action(async ({ config: path, ...flags }) => {
      const config = await loadWorkConfig(flags, { path, env });
      onStatus(await (await import("./work.ts")).work(config, io));
    });
  addSections(work, "work");
  work.addHelpText("after", `\n${workExamples}\n\n${settingsHelp}`);

  const queue = sluice.command("queue")
    .description("Shows how a fleet's queue stands; puts failed jobs back, or drops them.")
    .helpCommand("help [command]", "Show a command's help")
    .addHelpText("after", `\n${queueExamples}\n\n${settingsHelp}`);

  function add<Own extends Settings>(
    command: Command,
    own: Own,
    run: (options: Values<typeof queueCommandSettings> & Values<Own>, names: string[]) => Promise<number>,
  ): void {
    addSettings(command, own);
    addConfig(command, "Which queue");
    addSettings(command, queueCommandSettings, "Which queue");
    command.action(async (...given: unknown[]) => {
      const [names, flags] = given.length === 3 ? given : [[], given[0]];
      const options = await loadCacheSettings(queueCommandSettings, own, flags as Record<string, unknown>, {
        env,
      });
      onStatus(await run(options, names as string[]));
    });
  }

  add(
    queue.command("show", { isDefault: true })
      .description(
        "Says how many jobs wait, are claimed and have failed, and why; what queue alone does too.",
      ),
    queueShowFlags,
    async (options) => (await import("./queue_show.ts")).queueShow(options, io),
  );
  add(
    queue.command("retry [names...]")
      .description(
        "Puts failed jobs back, those of the named objects or all, to be tried as often as new ones.",
      ),
    {},
    async (options, names) => (await import("./queue_change.ts")).queueRetry(options, names, io),
  );
  add(
    queue.command("drop [names...]").description("Removes failed jobs, those of the named objects or all."),
    queueDropFlags,
    async (options, names) => (await import("./queue_change.ts")).queueDrop(options, names, io),
  );
}

function addSections(command: Command, name: Parameters<typeof sectionsOf>[0]): void {
  addConfig(command, "What to do");
  for (const [heading, settings] of Object.entries(sectionsOf(name))) addSettings(command, settings, heading);
}

const enqueueExamples = `Examples:
  A job for each object that is not done yet; once more adds none twice:
    sluice enqueue --from s3://raw/postings/ --to s3://mod/postings/ --queue redis://queue:6379
  And for each that comes, until it is stopped:
    sluice enqueue --from s3://raw/postings/ --to s3://mod/postings/ --queue redis://queue:6379 --follow
Whether an object is done depends on the recipe: give enqueue and work the same settings, best in one file.

Exit status:
  0  all is enqueued
  1  something could not be listed or added: what was added stays
  2  the command line or a setting cannot be used
  130, 143  stopped by SIGINT, SIGTERM`;

const workExamples = `Examples:
  On each machine, until it is stopped:
    sluice work --queue redis://queue:6379 --model grpc://model:50051 --cache redis://cache:6379
  From cron, or as a batch: ends when there is nothing left:
    sluice work --queue redis://queue:6379 --model grpc://model:50051 --cache redis://cache:6379 --until-empty
A machine that is lost loses nothing: its jobs go to the others half a minute to a minute later. The cache must be one
that all of them reach, else each asks the model for itself.

Exit status:
  0  it was stopped, or with --until-empty: all is done
  1  it could not begin; with --until-empty: jobs have failed
  2  the command line or a setting cannot be used
  130, 143  stopped by SIGINT, SIGTERM`;

const queueExamples = `Examples:
  sluice queue --queue redis://queue:6379
  sluice queue retry --queue redis://queue:6379
  sluice queue retry 1721183934.jsonl --queue redis://queue:6379
  sluice queue drop --queue redis://queue:6379

Exit status:
  0  it is shown, retried, dropped
  1  the queue cannot be reached, or has no failed job of these names
  2  the command line or a setting cannot be used`;
