/** Settings by what they set, until each stands beside it. */
import * as v from "valibot";
import { address, amount, bytes, choice, moment, text, texts, toggle, whole } from "./setting.ts";

const place = {
  forms: ["s3://BUCKET/PREFIX/", "a path", "file:PATH"],
  accepts: /^(?:s3:\/\/[^/]+(?:\/|$)|file:.|(?![a-z][a-z0-9+.-]+:).)/i,
};

/** How many rejects an object may have: a share of its records, or a count. */
export type MaxRejects = { readonly share: number } | { readonly count: number };

const maxRejectsMessage = "must be a whole number, or a percentage from 0% to 100%";

/** A percentage of an object's records, or a number of them. */
const maxRejects = v.pipe(
  v.union([v.number(maxRejectsMessage), v.string(maxRejectsMessage)], maxRejectsMessage),
  v.transform(String),
  v.trim(),
  v.regex(/^(?:\d{1,15}|(?:100|\d{1,2}(?:\.\d+)?)%)$/, maxRejectsMessage),
  v.transform((limit): MaxRejects =>
    limit.endsWith("%") ? { share: Number(limit.slice(0, -1)) / 100 } : { count: Number(limit) }
  ),
);

const defaultMaxRejects: MaxRejects = { share: 0.5 };

/** From where to where, which objects, and when to give up on one. */
export const jobSettings = {
  from: address({
    help: "Where the objects are",
    required: "the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
  to: address({
    help: "Where they go, under the same names",
    required: "the place for the output, one of s3://BUCKET/PREFIX/, a path, file:PATH",
    ...place,
  }),
  ledger: text({
    help: "File that remembers which objects are done, to spare requests; can be lost without harm",
    placeholder: "PATH",
    default: ".sluice/ledger.db",
  }),
  objects: whole({ help: "Objects worked on at once, 1 to 256", min: 1, max: 256, default: 4 }),
  include: texts({ help: "Only objects whose name matches; may be repeated", placeholder: "GLOB" }),
  exclude: texts({ help: "No objects whose name matches; may be repeated", placeholder: "GLOB" }),
  since: moment({ help: "Only objects from then on, by the unix time in the name, else by date" }),
  until: moment({ help: "Only objects before then, by the unix time in the name, else by date" }),
  limit: whole({ help: "At most so many objects in this run", min: 1, max: 1e9 }),
  maxRejects: {
    help: "An object of 100 records and more with more rejects than that fails: a percentage or a number",
    placeholder: "N|N%",
    default: defaultMaxRejects,
    defaultText: "50%",
    schema: maxRejects,
  },
  allowRejects: toggle({ help: "Exit with 0 even if records were rejected" }),
  force: toggle({ help: "Do objects again that are done" }),
};

/** What the question is made of, who answers it, and where the answer goes: all of it makes an output what it is. */
export const recipeSettings = {
  companyField: text({
    help: "Field of a record that is the question's company",
    placeholder: "FIELD",
    default: "company",
  }),
  titleField: text({
    help: "Field of a record that is the question's title",
    placeholder: "FIELD",
    default: "title",
  }),
  outputField: text({ help: "Field that gets the answer", placeholder: "FIELD", default: "seniority" }),
  modelName: text({
    help: "The model's name; answers of another name are not used",
    placeholder: "NAME",
    defaultText: "seniority, or reference for reference:",
  }),
  modelVersion: text({
    help: "The model's version; a new one asks afresh and does the objects again",
    placeholder: "VERSION",
    default: "1",
  }),
  normalize: choice(["exact", "fold"], {
    help: "How keys are compared: fold takes as equal what differs in Unicode form, case or white space only",
    default: "exact",
  }),
};

/** The address of what is known. */
export const cacheAddressSettings = {
  cache: address({
    help: "Where answers are kept: redis://…, rediss://…, sqlite:PATH, memory:, none:",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT", "sqlite:PATH", "memory:", "none:"],
    accepts: /^(?:rediss?:\/\/.|sqlite:.|memory:$|none:$)/,
    default: "sqlite:.sluice/cache.db",
  }),
};

/** The address of who is asked. */
export const modelAddressSettings = {
  model: address({
    help:
      "Who is asked: grpc://HOST:PORT, grpcs://HOST:PORT (TLS), unix:PATH, reference: (in process, a word list)",
    required: "there is no default, so that nobody gets made-up levels for having forgotten a flag; " +
      "one of grpc://HOST:PORT, grpcs://HOST:PORT, unix:PATH, reference: (made-up levels, to try things out)",
    forms: ["grpc://HOST:PORT", "grpcs://HOST:PORT", "unix:PATH", "reference:"],
    accepts: /^(?:grpcs?:\/\/.|unix:.|reference:$)/,
  }),
};

/** What the decode stage takes. */
export const decodeSettings = {
  maxLineBytes: bytes({
    help: "Longer lines are rejected",
    min: 1024,
    max: 256 * 1024 ** 2,
    default: 16 * 1024 ** 2,
  }),
};

/** When a batch is full. */
export const windowSettings = {
  windowRecords: whole({ help: "Records in a batch, 1 to 100000", min: 1, max: 100_000, default: 1000 }),
  windowBytes: bytes({ help: "Bytes in a batch", min: 1024, max: 64 * 1024 ** 2, default: 1024 ** 2 }),
};

/** What is known and asked in this process. */
export const answersSettings = {
  maxQuestions: whole({
    help: "Stop asking after so many questions and leave the rest undone (exit 1)",
    min: 0,
    max: 1e12,
  }),
  memoryCacheMib: whole({
    help: "Memory for known answers, in MiB, 1 to 65536",
    min: 1,
    max: 65_536,
    default: 64,
  }),
  maxInFlightMib: whole({
    help: "Records that wait for answers in this process, in MiB, 1 to 65536",
    min: 1,
    max: 65_536,
    default: 64,
  }),
  modelCallsPerSecond: amount({
    help: "Calls begun a second, 0.001 to 100000",
    min: 0.001,
    max: 100_000,
    defaultText: "1 behind gRPC, no limit for reference:",
  }),
  maxInFlightCalls: whole({ help: "Calls under way at once, 1 to 1024", min: 1, max: 1024, default: 8 }),
  maxCallQuestions: whole({ help: "Questions in a call, 1 to 100000", min: 1, max: 100_000, default: 1000 }),
  maxCallBytes: bytes({ help: "Bytes in a call", min: 1024, max: 64 * 1024 ** 2, default: 3 * 1024 ** 2 }),
  modelAttempts: whole({
    help: "Times a call is tried before its objects fail, 1 to 100",
    min: 1,
    max: 100,
    default: 5,
  }),
};

/** How outputs are written. */
export const uploadSettings = {
  maxPartsInFlight: whole({
    help: "Parts of one output sent at once, 1 to 16; each takes 8 to 64 MiB of memory",
    min: 1,
    max: 16,
    default: 2,
  }),
};

/** What the run says. */
export const outputSettings = {
  json: toggle({ help: "One JSON object with the run's figures as the last line of standard output" }),
  quiet: toggle({ help: "No progress" }),
};
