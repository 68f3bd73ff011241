import type { SourcePhrase } from "./source_phrases.ts";

/** A text that no user meets, and why. */
type UnmetPhrase = Pick<SourcePhrase, "file" | "text"> & { readonly because: string };

const setting = "the setting's own range is checked first";
const program = "only a fault in the program leads here";
const aborted = "the reason of an abort that nobody is told";

/** Texts of the source that no user can meet: the table need not have them. */
export const unmetPhrases: readonly UnmetPhrase[] = [
  {
    file: "answers/call_rate.ts",
    text: "Cannot limit calls: callsPerSecond is …, not above 0",
    because: setting,
  },
  { file: "answers/ask_keys.ts", text: "Cannot go on with some keys: they were given up", because: aborted },
  {
    file: "answers/object_answers.ts",
    text: "Cannot release a batch: it is not the oldest",
    because: program,
  },
  {
    file: "answers/in_flight_budget.ts",
    text: "Cannot take a batch: its object is closed",
    because: program,
  },
  {
    file: "answers/question_queue.ts",
    text: "Cannot ask: nobody waits for the answer any more",
    because: "as it says",
  },
  {
    file: "caches/memory.ts",
    text: "Cannot open cache memory:: maxEntries must be 1 or more, is …",
    because: "it has no setting",
  },
  { file: "caches/redis/redis.ts", text: "Cannot open cache …: timeoutSeconds is …", because: setting },
  {
    file: "caches/redis/bloom.ts",
    text: "Cannot open cache …: the Bloom filter's rate is …",
    because: setting,
  },
  {
    file: "caches/redis/redis.ts",
    text: "Cannot follow …: only buckets on a server of their own have a journal",
    because: "openCache() has no filter without buckets, and no setting for a Cluster",
  },
  {
    file: "answers/answers.ts",
    text: "Cannot wait for another process: nobody waits for the answer any more",
    because: "as it says",
  },
  {
    file: "redis/redis_cluster.ts",
    text: "the connection is closed",
    because: "it is closed when nobody reads or writes any more",
  },
  {
    file: "redis/redis_connection.ts",
    text: "the connection is closed",
    because: "it is closed when nobody reads or writes any more",
  },
  {
    file: "caches/redis/redis.ts",
    text: "Cannot open cache …: ttlSeconds must be whole, from 1, is …",
    because: setting,
  },
  {
    file: "caches/redis/redis.ts",
    text: "Cannot write to …: hashes must have … bytes, one has …",
    because: "import looks at each line's hash first",
  },
  {
    file: "caches/sqlite.ts",
    text: "Cannot write to …: hashes must have … bytes, one has …",
    because: "import looks at each line's hash first",
  },
  {
    file: "caches/redis/redis_buckets.ts",
    text: "Cannot keep answers in buckets: the namespace … has a brace in it",
    because: "a namespace is hexadecimal digits",
  },
  {
    file: "cli/cache/cache_settings.ts",
    text: "must be text",
    because: "what the command line gives is text",
  },
  {
    file: "records/stages/scan.ts",
    text: "Cannot gather windows: windowRecords is …, not 1 or more",
    because: setting,
  },
  {
    file: "records/stages/scan.ts",
    text: "Cannot gather windows: windowBytes is …, not 1 or more",
    because: setting,
  },
  { file: "caches/sqlite.ts", text: "Cannot open cache sqlite:…: timeoutSeconds is …", because: setting },
  {
    file: "cli/run/run.ts",
    text: "Cannot account for everything: …",
    because: "only a fault in the program leads here; it is there to show one",
  },
  { file: "service/node_exchange.ts", text: "the sender went away", because: aborted },
  { file: "service/node_exchange.ts", text: "the reader went away", because: aborted },
  {
    file: "service/node_exchange.ts",
    text: "the connection was closed",
    because: "nobody is there to be told",
  },
  {
    file: "queue/bull_connection.ts",
    text: "Cannot open queue …: visibilitySeconds must be from 1 to 3600, is …",
    because: setting,
  },
  {
    file: "queue/bull_connection.ts",
    text: "it has been closed",
    because: "it is closed when nobody asks it any more",
  },
  {
    file: "queue/queue_watch.ts",
    text: "the fleet is watched no more",
    because: aborted,
  },
  {
    file: "queue/bull_link.ts",
    text: "the connection was closed",
    because: "it is closed when nobody asks it any more, or for another reason that was told before",
  },
  {
    file: "models/grpc.ts",
    text: "Cannot use model …: deadlineSeconds must be more than 0, not …",
    because: setting,
  },
  {
    file: "seniority/reference_server.ts",
    text: "Cannot serve the model: callsPerSecond must be more than 0, not …",
    because: setting,
  },
  {
    file: "seniority/reference_server.ts",
    text: "Cannot serve the model: maxBatch must be 1 or more, not …",
    because: setting,
  },
  {
    file: "records/pipeline.ts",
    text: "the object has … rejects, which was not known when its first part was sent",
    because: "the object is begun anew with this number; told only if it changes in five passes",
  },
  {
    file: "records/pipeline.ts",
    text: "the sums do not hold: … lines in, but … out + … rejected + … blank",
    because: program,
  },
  {
    file: "records/pipeline.ts",
    text: "the sums do not hold: … keys seen, but … local + … hits + … asked…",
    because: program,
  },
  {
    file: "seniority/sample/sample_postings.ts",
    text: "Cannot make samples: … must be a whole number from 1 on, not …",
    because: setting,
  },
  {
    file: "seniority/sample/sample_postings.ts",
    text: "Cannot make samples: seed must be a whole number, not …",
    because: setting,
  },
  {
    file: "cli/settings/settings_reference.ts",
    text: "Cannot update the settings: no <!-- settings --> followed by <!-- /settings -->",
    because: "only `deno task settings` writes the README",
  },
  { file: "records/stages/encode.ts", text: "Cannot encode a record: it has no answer", because: program },
  {
    file: "records/stages/origin_encoder.ts",
    text: "Cannot encode a record: it has no answer",
    because: program,
  },
  { file: "records/stages/upload.ts", text: "Cannot send a part: its object was given up", because: aborted },
  {
    file: "records/stages/window.ts",
    text: "Cannot gather windows: windowRecords is …, not 1 or more",
    because: setting,
  },
  {
    file: "records/stages/window.ts",
    text: "Cannot gather windows: windowBytes is …, not 1 or more",
    because: setting,
  },
  {
    file: "stores/s3/s3.ts",
    text: "Cannot open … as S3: it does not begin with s3://",
    because: "openStore() has told the schemes apart",
  },
  {
    file: "stores/s3/s3.ts",
    text: "Cannot list unfinished uploads of …: the server's pages repeat",
    because: "a server's fault, provoked in tests/stores/s3/s3_test.ts",
  },
  { file: "answers/ask_keys.ts", text: "Cannot go on with some keys: they were given up", because: aborted },
  {
    file: "service/streamed_answer.ts",
    text: "Cannot go on with a request: it is answered",
    because: aborted,
  },
  { file: "records/pipeline.ts", text: "Cannot go on with …: it was given up", because: aborted },
  {
    file: "records/csv/csv_record_reader.ts",
    text: "Cannot gather windows: windowRecords is …, not 1 or more",
    because: setting,
  },
  {
    file: "records/csv/csv_record_reader.ts",
    text: "Cannot gather windows: windowBytes is …, not 1 or more",
    because: setting,
  },
  {
    file: "records/csv/csv_record_reader.ts",
    text: "Cannot read CSV: delimiter is …, not one of …",
    because: setting,
  },
  ...["cli/menus/match.ts", "menus/read_terms.ts", "report/object_records.ts"].map((file) => ({
    file,
    text: "Cannot read CSV: ",
    because: "it is taken away from a text of the stage's",
  })),
  {
    file: "menus/tables/csv_match_table.ts",
    text: "Cannot write to sqlite:: ",
    because: "it is taken away from a text of the table's",
  },
  {
    file: "menus/read_terms.ts",
    text: "it has more than … terms",
    because: "a million terms take a gigabyte",
  },
  {
    file: "menus/read_terms.ts",
    text: "its terms have more than … characters",
    because: "as many are half a gigabyte",
  },
  {
    file: "records/stages/encode_csv.ts",
    text: "Cannot encode a batch as CSV: it is not of CSV rows",
    because: program,
  },
  {
    file: "records/stages/encode_csv.ts",
    text: "Cannot encode a record: it has no answer",
    because: program,
  },
  {
    file: "menus/match/matcher.ts",
    text: "Cannot match terms: the least score must be from 0 to 1, not …",
    because: setting,
  },
  { file: "telemetry/tracing.ts", text: "Cannot ask the model: …", because: "said in spans alone" },
  {
    file: "sinks/postgres/postgres.ts",
    text: "the store is closed",
    because: "it is closed when nobody writes any more",
  },
  {
    file: "sinks/postgres/postgres_link.ts",
    text: "the connection was closed",
    because: "the client tells first why it was, where the server or the system says so",
  },
  { file: "sinks/postgres/postgres_transaction.ts", text: "its rejects were given up", because: program },
  {
    file: "sinks/postgres/postgres_transaction.ts",
    text: "it was given up",
    because: "what made the first part fail is told",
  },
  {
    file: "sinks/postgres/inflate_parts.ts",
    text: "corrupt gzip: …",
    because: "it is our own gzip that is undone",
  },
];
