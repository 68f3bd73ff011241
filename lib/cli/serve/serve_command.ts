import { s3AccessSettings } from "../../stores/store_settings.ts";
import { pick, withoutFlags } from "../../settings/sections.ts";
import { command } from "../command.ts";
import { serviceStatusHelp } from "../exit_status.ts";
import { sections } from "../settings/sections.ts";

const { source, destination, job, recipe, records, model, cache, concurrency, postgres } = sections;
const { match, watch, fleet, queue, service, output } = sections;

// The type of a request says what format its records have.
const { format: _, ...recordsOfRequests } = records;

export const serveCommand = command({
  name: "serve",
  describe: "Answers requests over HTTP until it is stopped.",
  settings: {
    source: pick(source, "idleTimeout"),
    destination: {
      maxRejects: {
        ...destination.maxRejects,
        help:
          "With 100%, answer requests of which all records are rejected too; otherwise these get status 400",
      },
    },
    job: { ...pick(job, "grace"), ...withoutFlags(pick(job, "ledger")) },
    recipe,
    records: recordsOfRequests,
    model,
    cache,
    concurrency: pick(concurrency, "maxInFlight"),
    s3: s3AccessSettings,
    postgres: pick(postgres, "ca", "timeout"),
    match,
    watch: pick(watch, "linger"),
    fleet,
    queue: pick(queue, "url", "name", "ca"),
    service,
    output: pick(output, "logFormat", "logLevel"),
  },
  examples: `Examples:
  sluice serve --model grpc://model:50051 --cache redis://cache:6379
  curl --data-binary @postings.jsonl -H 'content-type: application/x-ndjson' http://127.0.0.1:8787/v1/records
  curl --json '{"keys":[{"company":"Acme Corp","title":"Head of Data"}]}' http://127.0.0.1:8787/v1/answers
The API is described at /v1/openapi.json; / is a live page.

${serviceStatusHelp}`,
  endsByStop: true,
  run: async (config, io) => (await import("./serve.ts")).serve(config, io),
});
