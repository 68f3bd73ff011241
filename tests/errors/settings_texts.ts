import type { ErrorText, ErrorTexts } from "./error_text.ts";

/** What must be set, at its least. */
const needed = "--from in --to out --model reference:";

/** A command line that cannot be used; what it needs is added to that of `run`. */
function commandLine(when: string, text: string, line: string): ErrorText {
  const args = (line.startsWith("run ") ? `${line} ${needed}` : line).split(" ");
  return { when, text, status: 2, provoke: (scene) => scene.sluice(args) };
}

/** A variable that cannot be used. */
function variable(when: string, text: string, env: Record<string, string>): ErrorText {
  return { when, text, status: 2, provoke: (scene) => scene.sluice(["run", ...needed.split(" ")], { env }) };
}

/** A file of settings that cannot be used. */
function file(when: string, text: string, content: string): ErrorText {
  return {
    when,
    text,
    status: 2,
    provoke: (scene) =>
      scene.sluice(["run", ...needed.split(" "), "--config", scene.write("sluice.jsonc", content)]),
  };
}

export const commandLineTexts: ErrorTexts = {
  name: "program()",
  rows: [
    commandLine(
      "an unknown command",
      "sluice: Cannot use the command line: unknown command 'rum'; did you mean run?",
      "rum",
    ),
    commandLine(
      "an unknown flag",
      "sluice: Cannot use the command line: unknown option '--form'; did you mean --from?",
      "run --form x",
    ),
    commandLine(
      "an unknown flag that is like none",
      "sluice: Cannot use the command line: unknown option '--zzzzzzzz'",
      "run --zzzzzzzz x",
    ),
    commandLine(
      "a flag without its value",
      "sluice: Cannot use the command line: option '--to <URL>' argument missing",
      "sample --to",
    ),
    commandLine(
      "a word too many",
      "sluice: Cannot use the command line: too many arguments for 'demo', expected 0 arguments but got 1: now",
      "demo now",
    ),
    commandLine(
      "sample of more pairs than records",
      "sluice: Cannot make samples: pairs must be at most 10, the number of records, not 11",
      "sample --to x --records 10 --pairs 11",
    ),
    commandLine(
      "sample of more pairs than there are names",
      "sluice: Cannot make samples: pairs must be at most 85176000, the most that there are names for, not 1000000000",
      "sample --to x --records 1000000000 --pairs 1000000000",
    ),
    commandLine(
      "sample without --to",
      "sluice: Cannot start without --to: the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH, postgres://USER@HOST:PORT/DATABASE",
      "sample",
    ),
    {
      when: "sample is stopped",
      text: "sluice: Stopped by SIGTERM",
      status: 143,
      provoke: (scene) => scene.sluice(["sample", "--to", scene.folder], { stop: Promise.resolve() }),
    },
    {
      when: "sample into a file",
      text: "sluice: Cannot write to <DIR>/in/a.jsonl: it is a file, not a folder",
      status: 1,
      provoke: (scene) => scene.sluice(["sample", "--to", `${scene.folder}/in/a.jsonl`]),
    },
    commandLine(
      "reference-model at a rate of none",
      'sluice: Cannot set callsPerSecond by --calls-per-second: must be a number from 0.001 to 100000, not "0"',
      "reference-model --calls-per-second 0",
    ),
    {
      when: "reference-model at an address of no form",
      text: "sluice: Cannot listen on localhost: it must be HOST:PORT or unix:PATH",
      status: 1,
      provoke: (scene) => scene.sluice(["reference-model", "--listen", "localhost"]),
    },
    {
      when: "reference-model at a port that is taken",
      text:
        "sluice: Cannot listen on 127.0.0.1:<PORT>: No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:<PORT>]",
      status: 1,
      async provoke(scene) {
        const { url } = await scene.model();
        return await scene.sluice(["reference-model", "--listen", url.replace("grpc://", "")]);
      },
    },
  ],
};

export const settingsTexts: ErrorTexts = {
  name: "resolveConfig()",
  rows: [
    {
      when: "nothing is set",
      text:
        "sluice: Cannot start without --from: the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH\n" +
        "sluice: Cannot start without --to: the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH, postgres://USER@HOST:PORT/DATABASE\n" +
        "sluice: Cannot start without --model: there is no default, so that no one gets made-up levels by forgotten a flag; one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try things out)",
      status: 2,
      provoke: (scene) => scene.sluice(["run"]),
    },
    commandLine(
      "an invalid address",
      'sluice: Cannot set model by --model: must be one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference:, not "http://model:50051"',
      "check --from in --to out --model http://model:50051",
    ),
    commandLine(
      "a source of another scheme",
      'sluice: Cannot set from by --from: must be one of s3://BUCKET/PREFIX/, a path, file:PATH, not "gs://b/p"',
      "check --from gs://b/p --to out --model reference:",
    ),
    commandLine(
      "an address with a password in it",
      'sluice: Cannot set cache by --cache: must be one of redis://HOST:PORT, rediss://HOST:PORT, redis+cluster://HOST:PORT,…, redis+unix:///PATH, sqlite:PATH, memory:, none:, not "reddis://…@cache:6379"',
      `check ${needed} --cache reddis://:s3cret@cache:6379`,
    ),
    commandLine(
      "a word that is not allowed",
      'sluice: Cannot set normalize by --normalize: must be one of exact, fold, titles, not "lower"',
      "run --normalize lower",
    ),
    commandLine(
      "a whole number out of its range",
      'sluice: Cannot set objects by --objects: must be a whole number from 1 to 256, not "0"',
      "run --objects 0",
    ),
    commandLine(
      "a number out of its range",
      'sluice: Cannot set modelCallsPerSecond by --model-calls-per-second: must be a number from 0.001 to 100000, not "0"',
      "run --model-calls-per-second 0",
    ),
    commandLine(
      "a size out of its range",
      'sluice: Cannot set maxLineBytes by --max-line-bytes: must be from 1KiB to 256MiB, in bytes or as in 16MiB, not "16MB"',
      "run --max-line-bytes 16MB",
    ),
    commandLine(
      "a flag of before, in bare seconds",
      "sluice: Cannot use --model-deadline-seconds: it is now --model-deadline, with a unit, as in 60s",
      "run --model-deadline-seconds 60",
    ),
    variable(
      "a variable of before, in bare MiB",
      "sluice: Cannot use SLUICE_MAX_IN_FLIGHT_MIB: it is now SLUICE_MAX_IN_FLIGHT, with a unit, as in 24MiB",
      { SLUICE_MAX_IN_FLIGHT_MIB: "24" },
    ),
    file(
      "a key of before, in bare seconds",
      'sluice: Cannot use "cacheTimeoutSeconds" of <DIR>/sluice.jsonc line 1: it is now "cacheTimeout", with a unit, as in 5s',
      '{ "cacheTimeoutSeconds": 5 }',
    ),
    file(
      "an unknown nested key",
      'sluice: Cannot use "cache.tll" of <DIR>/sluice.jsonc line 2: there is no such setting; did you mean cache.ttl?',
      '{ "cache": {\n  "tll": "90d" } }',
    ),
    file(
      "a section that is no object",
      'sluice: Cannot use "records" of <DIR>/sluice.jsonc line 1: it must hold the settings of its section, { … }, not 5',
      '{ "records": 5 }',
    ),
    file(
      "a setting that is set flat and nested",
      'sluice: Cannot use "cache.ttl" of <DIR>/sluice.jsonc line 2: ttl is set by <DIR>/sluice.jsonc line 1 already',
      '{ "ttl": "90d",\n  "cache": { "ttl": "80d" } }',
    ),
    commandLine(
      "a time without unit",
      'sluice: Cannot set grace by --grace: must be a time with its unit, from 0s to 1h, not "10"',
      "run --grace 10",
    ),
    commandLine(
      "an invalid date",
      'sluice: Cannot set since by --since: must be a date (2024-07-17), a date and time (2024-07-17T08:30:00Z) or unix seconds (1721183934), not "20240717"',
      "run --since 20240717",
    ),
    commandLine(
      "a share that is not there",
      'sluice: Cannot set shard by --shard: must be INDEX/COUNT, as 0/16 to 15/16, with at most 10000 shares, not "16/16"',
      "run --shard 16/16",
    ),
    commandLine(
      "rejects of more than all",
      'sluice: Cannot set maxRejects by --max-rejects: must be a whole number, or a percentage from 0% to 100%, not "101%"',
      "run --max-rejects 101%",
    ),
    variable(
      "a switch that is neither on nor off",
      'sluice: Cannot set json by SLUICE_JSON: must be true or false, not "yes"',
      { SLUICE_JSON: "yes" },
    ),
    variable(
      "an unknown variable",
      "sluice: Cannot use SLUICE_OBJETS: there is no such setting; did you mean SLUICE_OBJECTS?",
      { SLUICE_OBJETS: "5" },
    ),
    variable(
      "an unknown variable that is like none",
      "sluice: Cannot use SLUICE_ZZZZZZZZZZZZZ: there is no such setting",
      { SLUICE_ZZZZZZZZZZZZZ: "5" },
    ),
    file(
      "a number in place of text",
      "sluice: Cannot set modelName by <DIR>/sluice.jsonc line 2: must be text, not 7",
      '{\n  "modelName": 7\n}',
    ),
    file(
      "text that is empty",
      'sluice: Cannot set modelName by <DIR>/sluice.jsonc line 1: must have at least one character, not ""',
      '{ "modelName": "" }',
    ),
    file(
      "a list of what is no text",
      "sluice: Cannot set include by <DIR>/sluice.jsonc line 1: must be text, or a list of texts, not [1]",
      '{ "include": [1] }',
    ),
    file(
      "an invalid secret, which is not shown",
      "sluice: Cannot set modelHeader by <DIR>/sluice.jsonc line 1: must be text, or a list of texts",
      '{ "modelHeader": { "authorization": "s3cret" } }',
    ),
    file(
      "an unknown key",
      'sluice: Cannot use "max-line-bytes" of <DIR>/sluice.jsonc line 3: there is no such setting; did you mean maxLineBytes?',
      '{\n  // records\n  "max-line-bytes": 5\n}',
    ),
    commandLine(
      "since after until",
      "sluice: Cannot use since and until together: since (2024-07-18T00:00:00Z) must be before until (2024-07-17T00:00:00Z)",
      "run --since 2024-07-18 --until 2024-07-17",
    ),
    commandLine(
      "a KMS key without KMS",
      "sluice: Cannot use s3SseKmsKeyId: s3Sse must be aws:kms, not left out",
      "run --s3-sse-kms-key-id k",
    ),
    commandLine(
      "a client certificate without its key",
      "sluice: Cannot use modelCert alone: a client certificate needs both modelCert and modelKey",
      "run --model-cert c.pem",
    ),
    commandLine(
      "a client certificate's key alone",
      "sluice: Cannot use modelKey alone: a client certificate needs both modelCert and modelKey",
      "run --model-key c.key",
    ),
    commandLine(
      "rare pairs that are neither asked nor skipped",
      'sluice: Cannot set rare by --rare: must be ask, skip or a probability from 0 to 1, not "never"',
      "run --rare never",
    ),
    commandLine(
      "rare pairs skipped on the way into a database",
      "sluice: Cannot use rare with a database: it has no place for the list of what was skipped",
      "check --from in --to postgres://me@db/shop --model reference: --rare skip",
    ),
    commandLine(
      "a database to be filled in",
      "sluice: Cannot use fill with a database: it has no place for the list of what was skipped",
      "check --from in --to postgres://me@db/shop --model reference: --fill",
    ),
    commandLine(
      "an answer over the question",
      "sluice: Cannot use outputField title: it is the titleField, and the answer would replace what was asked about",
      "run --output-field title",
    ),
    commandLine(
      "where answers came from in the answer's field",
      "sluice: Cannot use provenance level: it is the outputField already",
      "run --provenance level --output-field level",
    ),
    commandLine(
      "a file of settings that is not there",
      "sluice: Cannot read the settings in no/such.jsonc: there is no such file",
      "run --config no/such.jsonc",
    ),
    {
      when: "a folder as file of settings",
      text: "sluice: Cannot read the settings in <DIR>: Is a directory (os error 21): readfile '<DIR>'",
      status: 2,
      provoke: (scene) => scene.sluice(["run", ...needed.split(" "), "--config", scene.folder]),
    },
    file(
      "a file of settings with a comma missing",
      "sluice: Cannot read the settings in <DIR>/sluice.jsonc line 3: it is not JSON with comments, a comma, colon or quote may be missing there or just before",
      '{\n  "from": "in"\n  "to": "out"\n}',
    ),
    file(
      "a file of settings that ends too early",
      "sluice: Cannot read the settings in <DIR>/sluice.jsonc: it ends too early, a bracket, brace, quote or comment is not closed",
      '{ "from": "in"',
    ),
    file(
      "a file of settings that is a list",
      "sluice: Cannot read the settings in <DIR>/sluice.jsonc: it must hold one object, { … }",
      '["in"]',
    ),
    file(
      "a key that stands twice",
      "sluice: Cannot read the settings in <DIR>/sluice.jsonc: to is set on line 2 and line 3",
      '{\n  "to": "out",\n  "to": "mod"\n}',
    ),
  ],
};
