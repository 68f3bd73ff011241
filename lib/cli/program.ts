import { Command, CommanderError } from "commander";
import manifest from "../../deno.json" with { type: "json" };
import { type Config, loadConfig, loadServeConfig } from "./settings/config.ts";
import { ConfigError } from "../settings/config_error.ts";
import { defaultConfigPath } from "../settings/config_file.ts";
import { flagOf, variableOf } from "../settings/names.ts";
import { resolveSettings } from "../settings/resolve_settings.ts";
import { sectionsOf } from "./settings/table.ts";
import { addCacheCommands } from "./cache/add_cache_commands.ts";
import { addQueueCommands } from "./queue/add_queue_commands.ts";
import { addConfig, addSettings } from "./add_settings.ts";
import { loadCacheSettings } from "./cache/cache_settings.ts";
import { demoSettings } from "./tryout/demo_settings.ts";
import { estimateFlags, estimateSettings } from "./estimate/estimate_settings.ts";
import { exitStatus } from "./exit_status.ts";
import { type Io, Stop } from "./io.ts";
import { matchFlags, matchSections, matchShared } from "./menus/match_command_settings.ts";
import { matchQueueFlags } from "./menus/match_queue_settings.ts";
import { matchTask } from "./menus/match_task.ts";
import { stopStatus } from "./process_io.ts";
import { referenceModelSettings } from "./tryout/reference_model_settings.ts";
import { levelFieldSetting, reportFlags, reportSettings } from "./report/report_settings.ts";
import { sampleSettings } from "./tryout/sample_settings.ts";
import { shownWarmSettings, warmFlags, warmSettings } from "./warm/warm_settings.ts";

export interface ProgramOptions {
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The command line: runs the command that `args` names, and resolves to the process's exit status. A command's
 * code is loaded when it is called for. Never rejects: what goes wrong is said on standard error.
 */
export async function program(
  args: readonly string[],
  io: Io,
  { env }: ProgramOptions = {},
): Promise<number> {
  let status: number = exitStatus.done;

  const sluice = new Command("sluice")
    .description(
      "Puts a model's answer on every record of a stream, and asks the model about each distinct question once.",
    )
    .version(manifest.version, "-V, --version", "Show the version")
    .helpOption("-h, --help", "Show this help")
    .helpCommand("help [command]", "Show a command's help")
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      // Else it looks into the environment.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      outputError: (message, write) => write(commandLineProblem(message)),
    })
    .addHelpText("after", `\n${statusHelp}`);

  const run = sluice.command("run")
    .description("Processes the objects that are not done yet, then exits.")
    .action(async (flags) => {
      const config = await configOf(flags);
      status = await (await import("./run/run.ts")).run(config, io);
    });
  addSections(run, "run");
  run.addHelpText("after", `\n${runExamples}\n\n${settingsHelp}\n\n${statusHelp}`);

  const check = sluice.command("check")
    .description("Connects to everything that a run with the same settings would use, and says what works.")
    .option("--probe", "Also try a write and a conditional write of _sluice-probe-… in the destination")
    .action(async ({ probe = false, ...flags }) => {
      const config = await configOf(flags);
      status = await (await import("./run/check.ts")).check(config, { probe }, io);
    });
  addSections(check, "check");
  check.addHelpText("after", `\n${checkExamples}\n\n${settingsHelp}`);

  const estimate = sluice.command("estimate")
    .description("Says what a run with the same settings would cost, without asking anything.")
    .action(async (flags) => {
      const options = await loadCacheSettings(estimateSettings, estimateFlags, flags, { env });
      status = await (await import("./estimate/estimate.ts")).estimate(options, io);
    });
  addSettings(estimate, estimateFlags);
  addConfig(estimate, "Of a run's settings");
  addSettings(estimate, estimateSettings, "Of a run's settings");
  estimate.addHelpText("after", `\n${estimateExamples}\n\n${settingsHelp}`);

  const warm = sluice.command("warm")
    .description(
      "Fills the cache ahead of the work, at a part of the model's rate or from an earlier output.",
    )
    .action(async (flags) => {
      const options = await loadCacheSettings(warmSettings, warmFlags, flags, { env });
      status = await (await import("./warm/warm.ts")).warm(options, io);
    });
  addSettings(warm, warmFlags);
  addConfig(warm, "Of a run's settings");
  addSettings(warm, shownWarmSettings, "Of a run's settings");
  warm.addHelpText("after", `\n${warmExamples}\n\n${settingsHelp}`);

  const watch = sluice.command("watch")
    .description("Processes the objects that are not done yet, and those that come, until it is stopped.")
    .action(async (flags) => {
      const config = await configOf(flags);
      status = await (await import("./run/watch.ts")).watch(config, io);
    });
  addSections(watch, "watch");
  watch.addHelpText("after", `\n${watchExamples}\n\n${settingsHelp}\n\n${serviceStatusHelp}`);

  addQueueCommands(sluice, { io, env, settingsHelp }, (result) => status = result);

  const serve = sluice.command("serve")
    .description("Answers requests for levels over HTTP, until it is stopped.")
    .action(async ({ config: path, ...flags }) => {
      const config = await loadServeConfig(flags, { path, env });
      status = await (await import("./serve/serve.ts")).serve(config, io);
    });
  addSections(serve, "serve");
  serve.addHelpText("after", `\n${serveExamples}\n\n${settingsHelp}\n\n${serviceStatusHelp}`);

  const report = sluice.command("report")
    .description("Says how many records each group has, their average level, and the share of each level.")
    .action(async (flags) => {
      const shared = { ...reportSettings, ...levelFieldSetting };
      const options = await loadCacheSettings(shared, reportFlags, flags, { env });
      status = await (await import("./report/report.ts")).report(options, io);
    });
  addSettings(report, reportFlags);
  addConfig(report, "How it is read");
  addSettings(report, reportSettings, "How it is read");
  report.addHelpText("after", `\n${reportExamples}\n\n${settingsHelp}`);

  const match = sluice.command("match")
    .description(
      "Finds terms in menus, misspelled ones too, and writes the pairs of menus and terms to a table.",
    )
    .action(async (flags) => {
      const options = await loadCacheSettings(matchShared, { ...matchFlags, ...matchQueueFlags }, flags, {
        env,
      });
      const task = matchTask(options);
      status = task.command === "match"
        ? await (await import("./menus/match.ts")).match(task.options, io)
        : await (await import("./menus/enqueue_menus.ts")).enqueueMenus(task.options, io);
    });
  addConfig(match, "What to match");
  addSettings(match, matchFlags, "What to match");
  for (const [heading, settings] of Object.entries(matchSections)) addSettings(match, settings, heading);
  addSettings(match, matchQueueFlags, "More than one machine");
  match.addHelpText("after", `\n${matchExamples}\n\n${settingsHelp}\n\n${statusHelp}`);

  const sample = sluice.command("sample")
    .description("Writes believable job postings, in objects named after unix seconds.")
    .action(async (flags) => {
      const options = resolveSettings(sampleSettings, { flags });
      status = await (await import("./tryout/sample.ts")).sample(options, io);
    });
  addSettings(sample, sampleSettings);
  sample.addHelpText("after", `\n${sampleExamples}`);

  const referenceModel = sluice.command("reference-model")
    .description("Serves a model that classifies by word lists, over gRPC, until it is stopped.")
    .action(async (flags) => {
      const options = resolveSettings(referenceModelSettings, { flags });
      status = await (await import("./tryout/reference_model.ts")).referenceModel(options, io);
    });
  addSettings(referenceModel, referenceModelSettings);
  referenceModel.addHelpText("after", `\n${referenceModelExamples}`);

  addCacheCommands(sluice, { io, env, settingsHelp }, (result) => status = result);

  const demo = sluice.command("demo")
    .description(
      "Shows the main job on embedded parts: 200,000 generated postings, cold and warm. Takes half a minute.",
    )
    .action(async (flags) => {
      const options = resolveSettings(demoSettings, { flags });
      status = await (await import("./tryout/demo.ts")).demo(options, io);
    });
  addSettings(demo, demoSettings);

  function configOf({ config: path, ...flags }: Record<string, unknown>): Promise<Config> {
    return loadConfig(flags, { path: path as string | undefined, env });
  }

  try {
    await sluice.parseAsync(args, { from: "user" });
  } catch (error) {
    status = failureStatus(error, io);
  }
  const { aborted, reason } = io.signal;
  return aborted && reason instanceof Stop && status !== exitStatus.usage ? stopStatus(reason.by) : status;
}

/** What is wrong with the command line, in the form of all other messages. */
function commandLineProblem(message: string): string {
  const cause = message.replace(/^error: /, "").replace(/\n\(Did you mean (.+)\?\)/, "; did you mean $1?")
    .replace(". Expected", ", expected").replace(/\.\n$/, "\n");
  return `sluice: Cannot use the command line: ${cause}`;
}

/** Says what went wrong, where nobody else has said it, and gives the status for it. */
function failureStatus(error: unknown, io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.usage;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) io.stderr(`sluice: ${problem}\n`);
    return exitStatus.usage;
  }
  if (io.signal.aborted && (error === io.signal.reason || (error as Error)?.name === "AbortError")) {
    io.stderr(`sluice: ${io.signal.reason.message}\n`);
    return exitStatus.undone;
  }
  // Messages that are meant for people begin so; anything else is a fault in Sluice, found by its stack.
  const expected = error instanceof Error && error.message.startsWith("Cannot ");
  io.stderr(`sluice: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  return exitStatus.undone;
}

function addSections(command: Command, name: Parameters<typeof sectionsOf>[0]): void {
  addConfig(command, "What to do");
  for (const [heading, settings] of Object.entries(sectionsOf(name))) addSettings(command, settings, heading);
}

const runExamples = `Examples:
  Postings from S3 to S3, answers kept in Redis:
    sluice run --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379
  Try it out on a folder, with made-up levels:
    sluice run --from postings --to out --model reference:
  Last week's objects again, one summary for a program to read:
    sluice run --from in --to out --model grpc://model:50051 --since 2024-07-10 --until 2024-07-17 --force --json
  One of sixteen equal shares, for sixteen machines; in an indexed Job of Kubernetes with 16 completions:
    sluice run --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379 \\
      --shard "$JOB_COMPLETION_INDEX/16"`;

const watchExamples = `Examples:
  Postings as they come, found by listing every 30 s; the page on http://127.0.0.1:8787/:
    sluice watch --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --cache redis://cache:6379
  Found by the bucket's events instead:
    sluice watch --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 \\
      --events sqs://sqs.eu-central-1.amazonaws.com/123456789012/postings`;

const serveExamples = `Examples:
  sluice serve --model grpc://model:50051 --cache redis://cache:6379
  curl --data-binary @postings.jsonl -H 'content-type: application/x-ndjson' http://127.0.0.1:8787/v1/records
  curl --json '{"keys":[{"company":"Acme Corp","title":"Head of Data"}]}' http://127.0.0.1:8787/v1/answers
What it offers is described at /v1/openapi.json, and shown by the page at /.`;

const matchExamples = `Examples:
  sluice match --from input.csv --terms terms.csv --to out.csv
  sluice match --from s3://menus/2024/ --terms s3://menus/terms.csv --to postgres://sluice@db:5432/menus
  In the names of products only, without misspellings, into .sluice/matches.db:
    sluice match --from input.csv --terms terms.csv --text-fields ProductName --fuzzy off
  On many machines: a job for each chunk, and on each machine a worker that ends when all are done:
    sluice match --enqueue --from s3://menus/2024/ --queue redis://queue:6379
    sluice match --queue redis://queue:6379 --terms s3://menus/terms.csv --to postgres://sluice@db:5432/menus
    sluice queue --queue redis://queue:6379 --queue-name menus`;

const serviceStatusHelp = `Exit status:
  1  it could not begin
  2  the command line or a setting cannot be used
  130, 143  stopped by SIGINT, SIGTERM`;

const checkExamples = `Example:
  sluice check --from s3://raw/postings/ --to s3://mod/postings/ --model grpc://model:50051 --probe

Exit status:
  0  all of it works
  1  something does not
  2  the command line or a setting cannot be used`;

const reportExamples = `Examples:
  The largest companies, in the terminal:
    sluice report --from s3://mod/postings/ --by company
  One page to send, of the 50 departments with the highest average level:
    sluice report --from s3://mod/postings/ --by department --sort average --top 50 --to seniority.html
  Every pair of company and country, for a spreadsheet:
    sluice report --from out --by company,location.country --format csv > seniority.csv
What --from, --by and the other options above say is taken from the command line only.

Exit status:
  0  the report is made
  1  there is nothing to report on, or something cannot be read or written
  2  the command line or a setting cannot be used`;

const estimateExamples = `Examples:
  What the next run costs, of a model that takes a call a second at 1.50 for 1,000 questions:
    sluice estimate --from s3://raw/postings/ --to s3://mod/postings/ --cache redis://cache:6379 --price-per-1000 1.5
  What a new version of the model costs, for all objects:
    sluice estimate --from s3://raw/postings/ --cache redis://cache:6379 --model-version 2
  A guess, by every tenth object:
    sluice estimate --from s3://raw/postings/ --cache redis://cache:6379 --sample 10%

Exit status:
  0  the figures are there
  1  some object cannot be read to its end, or the cache or a store cannot be opened
  2  the command line or a setting cannot be used`;

const warmExamples = `Examples:
  The 100,000 most frequent pairs, before a new version of the model goes to work:
    sluice warm --from s3://raw/postings/ --top 100000 --model grpc://model:50051 --model-version 2 \\
      --cache redis://cache:6379
  A list of pairs, at a tenth of the model's rate:
    sluice warm --pairs companies.csv --idle-share 90% --model grpc://model:50051 --cache redis://cache:6379
  A cache that was lost, out of what runs have written, for nothing:
    sluice warm --from-output s3://mod/postings/ --cache redis://cache:6379
What --from, --pairs, --from-output and the other options above say is taken from the command line only.

Exit status:
  0  all of it is done
  1  some pair has no answer, some object cannot be read, or --max-questions ended it
  2  the command line or a setting cannot be used
  130, 143  stopped by SIGINT, SIGTERM: what was answered is kept`;

const sampleExamples = `Example:
  sluice sample --to postings --records 200000 --per-object 20000 --pairs 17000 --seed 7`;

const referenceModelExamples = `Example:
  sluice reference-model --listen 127.0.0.1:50051 --calls-per-second 1`;

const settingsHelp = `Every setting has three names:
  ${flagOf("maxLineBytes")}       on the command line; a switch is taken back by ${
  flagOf("quiet").replace("--", "--no-")
}
  ${
  variableOf("maxLineBytes")
}  in the environment, for secrets too; a list has one item a line, empty is not set
  maxLineBytes           in ${defaultConfigPath}, or the file named by --config or ${
  variableOf("config")
}: JSON with comments
The command line wins over the environment, the environment over the file. Paths begin at the working directory.
Where S3 is and who asks there follows the AWS variables and profiles: AWS_REGION, AWS_ENDPOINT_URL_S3, AWS_PROFILE, …`;

const statusHelp = `Exit status:
  0  all done
  1  some object is not done
  2  the command line or a setting cannot be used
  3  all done, and some records were rejected (0 with --allow-rejects)
  130, 143  stopped by SIGINT, SIGTERM`;
