/** The parts of docs/ that are made from the code: whatever stands between `<!-- generated: NAME -->` and `<!-- /generated -->`. */
import { exitStatus } from "../../lib/cli/exit_status.ts";
import type { Io } from "../../lib/cli/io.ts";
import { program } from "../../lib/cli/program.ts";
import { configFileSchema } from "../../lib/cli/config/config_schema.ts";
import { sections } from "../../lib/cli/settings/sections.ts";
import type { ErrorKind } from "../../lib/errors/sluice_error.ts";
import type { RejectReason } from "../../lib/records/batch.ts";
import {
  type FixedRest,
  type LibraryBackoff,
  retryPolicies,
  type RetryPolicy,
} from "../../lib/retry/retry_policies.ts";
import { flagOf } from "../../lib/settings/names.ts";
import { settingsOf } from "../../lib/settings/sections.ts";
import { Metrics } from "../../lib/telemetry/metrics.ts";
import type { Snapshot } from "../../lib/telemetry/snapshot.ts";
import { settingsReference } from "./settings_reference.ts";
import { exposition, type MetricFamily } from "../telemetry/exposition.ts";

export const docsFolder = new URL("../../docs/", import.meta.url);

const parts: Readonly<Record<string, () => string | Promise<string>>> = {
  settings: settingsReference,
  commands: commandReference,
  metrics: metricsReference,
  retries: retriesReference,
  "exit statuses": exitStatusReference,
  "error kinds": errorKindReference,
  "reject reasons": rejectReasonReference,
};

/** A page with its generated parts as the code has them now. */
export async function updatedPage(markdown: string): Promise<string> {
  const marks = /(<!-- generated: ([a-z ]+) -->\n)[^]*?(<!-- \/generated -->)/g;
  let page = markdown;
  for (const [whole, begin, name, end] of markdown.matchAll(marks)) {
    const part = parts[name!];
    if (part === undefined) {
      throw new Error(`Cannot generate ${name}: there are ${Object.keys(parts).join(", ")}`);
    }
    const text = `\n<!-- deno-fmt-ignore-start -->\n\n${await part()}\n\n<!-- deno-fmt-ignore-end -->\n\n`;
    page = page.replace(whole, () => `${begin}${text}${end}`);
  }
  return page;
}

/** Files of docs/ that are generated as a whole, by their names. */
export const generatedFiles: Readonly<Record<string, () => string>> = {
  "reference/sluice.schema.json": () => `${JSON.stringify(configFileSchema(), null, 2)}\n`,
};

/** All Markdown files in a folder and below, by name. */
export async function markdownFiles(folder: URL): Promise<URL[]> {
  const files: URL[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await markdownFiles(new URL(`${name}/`, folder)));
    else if (name.endsWith(".md")) files.push(new URL(name, folder));
  }
  return files.sort((a, b) => a.pathname < b.pathname ? -1 : 1);
}

/** A command's help, read back from its text, so that it does not depend on how wide a terminal is. */
export interface CommandHelp {
  readonly words: readonly string[];
  readonly usage: string;
  readonly description: string;
  readonly groups: readonly {
    readonly heading: string;
    readonly items: readonly [term: string, text: string][];
  }[];
  /** Examples and exit statuses, as they stand at the end. */
  readonly notes: string;
}

/** The help of every command, in the order of `--help`. */
export async function commandHelps(words: readonly string[] = []): Promise<CommandHelp[]> {
  const help = parseHelp(words, await helpText(words));
  const commands = help.groups.filter(({ heading }) => heading === "Commands").flatMap(({ items }) =>
    items.map(([term]) => term.split(/[ |]/)[0]!).filter((name) => name !== "help")
  );
  const below: CommandHelp[] = [];
  for (const name of commands) below.push(...await commandHelps([...words, name]));
  return [help, ...below];
}

async function helpText(words: readonly string[]): Promise<string> {
  let text = "";
  const io: Io = {
    stdout: (more) => text += more,
    stderr: (more) => text += more,
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: new AbortController().signal,
  };
  await program([...words, "--help"], io, { env: {} });
  return text;
}

function parseHelp(words: readonly string[], text: string): CommandHelp {
  const lines = text.split("\n");
  const usage = lines.shift()!.replace(/^Usage: /, "");
  const groups: { heading: string; items: [string, string][] }[] = [];
  const description: string[] = [];
  while (lines.length > 0) {
    const [, heading] = /^([A-Z].*):$/.exec(lines[0]!) ?? [];
    if (heading !== undefined) {
      if (
        !/^ {2}(?:-|[a-z][\w-]*(?:\|\w+)?(?: [[<].*)? {2})/.test(lines[1] ?? "") ||
        /^(?:Examples?|Exit status)/.test(heading)
      ) break;
      lines.shift();
      const items: [string, string][] = [];
      for (; lines.length > 0 && lines[0] !== ""; lines.shift()) {
        const [, term, rest] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(lines[0]!) ?? [];
        if (term !== undefined) items.push([term, rest ?? ""]);
        else items.at(-1)![1] = `${items.at(-1)![1]} ${lines[0]!.trim()}`.trim();
      }
      groups.push({ heading, items });
    } else if (groups.length > 0 && lines[0] !== "") break;
    else description.push(lines.shift()!.trim());
  }
  return {
    words,
    usage,
    description: description.join(" ").trim().replaceAll(/ {2,}/g, " "),
    groups,
    notes: lines.join("\n").trim(),
  };
}

async function commandReference(): Promise<string> {
  const shared = new Set(settingsOf(sections).map(({ name }) => flagOf(name)));
  const chapters = (await commandHelps()).filter(({ words }) => words.length > 0).map((help) => {
    const own: [string, string][] = [], settings: string[] = [];
    for (const { heading, items } of help.groups) {
      if (heading === "Commands" || heading === "Arguments") continue;
      const flags = items.map(([term]) => /--[a-z][\w-]*/.exec(term)![0]);
      const known = flags.filter((flag) => shared.has(flag));
      own.push(
        ...items.filter((_, i) => !shared.has(flags[i]!) && !["--help", "--config"].includes(flags[i]!)),
      );
      if (known.length > 0) settings.push(`${heading}: ${known.map((flag) => `\`${flag}\``).join(", ")}`);
    }
    return [
      `## sluice ${help.words.join(" ")}`,
      help.description,
      "```text\n" + help.usage + "\n```",
      ...own.length === 0
        ? []
        : [tableOf(["Flag", "What it does"], own.map(([term, text]) => [`\`${term}\``, text]))],
      ...settings.length === 0 ? [] : [
        "Settings it takes, described in [settings](settings.md):",
        settings.map((line) => `- ${line}`).join("\n"),
      ],
      ...noteBlocks(help.notes),
    ].join("\n\n");
  });
  return chapters.join("\n\n");
}

/** Examples and exit statuses; what is said of settings everywhere stands in settings.md. */
function noteBlocks(notes: string): string[] {
  const paragraphs = notes.split(/\n\n/).filter((text) => /^(?:Examples?|Exit status):/.test(text));
  return paragraphs.length === 0 ? [] : ["```text\n" + paragraphs.join("\n\n") + "\n```"];
}

function retriesReference(): string {
  const policies: readonly (RetryPolicy | LibraryBackoff | FixedRest)[] = Object.values(retryPolicies);
  const backoffs: string[][] = [], rests: string[][] = [];
  for (const policy of policies) {
    if ("restMs" in policy) rests.push([policy.what, waitText(policy.restMs)]);
    else {
      const { firstMs, maxAttempts, maxMs, what } = policy;
      const attempts = maxAttempts === undefined ? "no limit" : String(maxAttempts);
      backoffs.push([what, waitText(firstMs), waitText(maxMs), jitterText(policy), attempts]);
    }
  }
  return [
    tableOf(["What is retried", "First delay", "Longest delay", "Jitter", "Attempts at most"], backoffs),
    "The delay after a failure of one of these is fixed, without a limit of attempts:",
    tableOf(["What is retried", "Delay"], rests),
  ].join("\n\n");
}

function jitterText(policy: RetryPolicy | LibraryBackoff): string {
  if ("libraryJitter" in policy) return policy.libraryJitter;
  return policy.jitter === 0 ? "none" : `up to ${Math.round(policy.jitter * 100)} % shorter`;
}

function waitText(ms: number): string {
  if (ms === Infinity) return "no limit";
  return ms < 1_000
    ? `${ms} ms`
    : ms < 120_000
    ? `${ms / 1_000} s`
    : ms < 7_200_000
    ? `${ms / 60_000} min`
    : `${ms / 3_600_000} h`;
}

const statusMeanings: Readonly<Record<keyof typeof exitStatus, string>> = {
  done: "Everything was processed.",
  undone:
    "Some object was not processed, or something could not be read or written. Takes precedence over 3.",
  usage: "The command line or a setting cannot be used. Nothing was begun.",
  rejects: "Everything was processed, and some records were rejected. `--allow-rejects` makes this 0.",
  empty:
    "Nothing was found to process under `--from`: no object, or none that is a record file, or none that matches " +
    "`--include`. `--allow-empty` makes this 0. Objects that are all processed already, or left out by `--exclude`, " +
    "`--since`, `--until` or `--shard`, are status 0.",
  interrupted: "Stopped by SIGINT (Ctrl-C).",
  terminated: "Stopped by SIGTERM.",
};

function exitStatusReference(): string {
  return tableOf(
    ["Status", "Meaning"],
    Object.entries(exitStatus).map((
      [name, status],
    ) => [String(status), statusMeanings[name as keyof typeof exitStatus]]),
  );
}

const kindMeanings: Readonly<Record<ErrorKind, [meaning: string, http: string]>> = {
  input: ["What you named does not exist or cannot be used: a path, an address, an argument.", "400"],
  empty: ["There is nothing to process where you named it.", "400"],
  data: ["Records, rows or files do not hold what they should.", "400"],
  source: ["The place that records come from cannot be listed or read.", "503"],
  sink: ["The place that outputs go to cannot be written.", "503"],
  cache: ["The cache, or what is kept beside it, cannot be used.", "503"],
  model: [
    "The model cannot be reached, refuses, or gives answers that are not valid.",
    "503; 502 for answers that are not valid",
  ],
  queue: ["The queue of jobs, or the Redis that coordinates processes, cannot be used.", "503"],
  limit: ["A limit was reached; the message names it.", "400; 429 for `--max-questions`"],
  settings: ["A setting is missing, unknown, out of range, or contradicts another one.", "500"],
  internal: ["A fault in Sluice, printed with its stack: please report it.", "500"],
};

function errorKindReference(): string {
  return tableOf(
    ["Kind", "Meaning", "Exit status", "HTTP status"],
    Object.entries(kindMeanings).map(([kind, [meaning, http]]) => [
      `\`${kind}\``,
      meaning,
      String(
        kind === "settings" ? exitStatus.usage : kind === "empty" ? exitStatus.empty : exitStatus.undone,
      ),
      http,
    ]),
  );
}

const reasonMeanings: Readonly<Record<RejectReason, [meaning: string, remedy: string]>> = {
  invalid_json: ["The line is not JSON.", "Often a line that was cut short; fix the producer"],
  not_an_object: ["The line is JSON, but not an object.", "Records are JSON objects, one a line"],
  missing_key_field: [
    "A field of the question is absent; in CSV, an id is empty.",
    "Check `--company-field` and `--title-field`",
  ],
  null_key_field: ["A field of the question is `null`.", "Fix the producer, or give the field a text"],
  key_field_not_text: [
    "A field of the question is a number, `true`, `false`, an object or an array.",
    "Write it as a string; check `--company-field` and `--title-field`",
  ],
  invalid_key: [
    "A field of the question contains an unpaired surrogate, or the question is too large for a call.",
    "Raise `--max-call-bytes` where it is too large",
  ],
  invalid_utf8: ["The line is not UTF-8.", "Convert the source to UTF-8"],
  line_too_long: ["The line is longer than `--max-line-bytes`.", "Raise `--max-line-bytes`"],
  invalid_csv: [
    "CSV: a stray quote, or a quote that is never closed.",
    "Check `--csv-delimiter` and the quoting",
  ],
  ragged_row: ["CSV: the row has more or fewer fields than the header.", "Check `--csv-delimiter`"],
  model_refused: ["The model refused the question (gRPC `INVALID_ARGUMENT`).", "See the model's own log"],
};

function rejectReasonReference(): string {
  return tableOf(
    ["Reason", "Meaning", "What to do"],
    Object.entries(reasonMeanings).map(([reason, [meaning, remedy]]) => [`\`${reason}\``, meaning, remedy]),
  );
}

async function metricsReference(): Promise<string> {
  const families = new Map<string, MetricFamily>();
  const metrics = new Metrics(() => someSnapshot, () => 0, { hasNearTitles: true });
  metrics.observeCall({ questions: 1, seconds: 1, hasFailed: false });
  metrics.observeCall({ questions: 1, seconds: 1, hasFailed: true });
  for (const family of exposition(await metrics.text())) families.set(family.name, family);
  const rows = [...families.values()].map(({ help, name, samples, type }) => {
    const labels = new Map<string, Set<string>>();
    for (const sample of samples) {
      for (const [label, value] of Object.entries(sample.labels)) {
        if (label === "le") continue;
        labels.set(label, (labels.get(label) ?? new Set()).add(value));
      }
    }
    const written = [...labels].map(([label, values]) =>
      ["version", "command"].includes(label)
        ? `\`${label}\``
        : `\`${label}\`: ${[...values].map((value) => `\`${value}\``).join(", ")}`
    );
    return [`\`${name}\``, type!, written.join("; "), help!];
  });
  return tableOf(["Metric", "Type", "Labels", "What it counts"], rows);
}

const someSnapshot: Snapshot = {
  version: "0",
  command: "watch",
  state: "working",
  startedMs: 0,
  nowMs: 0,
  records: { in: 0, out: 0, rejected: 0, blank: 0 },
  keys: { seen: 0, local: 0, hits: 0, asked: 0, cluster: 0, rare: 0 },
  nearTitles: { threshold: null, sample: 0, agreed: 0, agreement: 0, stops: 0 },
  saved: { questions: 0, calls: 0 },
  model: {
    url: "",
    calls: 0,
    questions: 0,
    retries: 0,
    seconds: 0,
    callsUnderWay: 0,
    questionsWaiting: 0,
    isDown: false,
  },
  cache: { url: "", reads: 0, readSeconds: 0, writes: 0, writeSeconds: 0, isDown: false },
  objects: { found: 0, skipped: 0, done: 0, failed: 0, failedAttempts: 0, gone: 0, ignored: 0 },
  requests: { underWay: 0, done: 0, failed: 0, refused: 0 },
  fleet: {
    queue: "",
    waiting: 0,
    delayed: 0,
    active: 0,
    failed: 0,
    oldestSeconds: undefined,
    workers: 0,
    isDown: false,
  },
  bytes: { in: 0, out: 0 },
  rssBytes: 0,
  working: [],
  ended: [],
  rejects: (Object.keys(reasonMeanings) as RejectReason[]).map((reason) => ({ reason, count: 1 })),
  troubles: [],
};

function tableOf(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}
