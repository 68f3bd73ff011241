import { menuJobs } from "../../queue/menu_jobs.ts";
import { objectError } from "../../records/object_reader.ts";
import type { JobQueue } from "../../queue/job_queue.ts";
import { delimiterOf } from "../../records/record_format.ts";
import { plural, tally } from "../../text/format.ts";
import { SkippedObjects, unusableName } from "../../jobs/skipped_objects.ts";
import type { SkippedObject } from "../../stores/skipped_object.ts";
import { tellIfEmpty } from "../nothing_to_do.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { selectionOf } from "../open/selection_of.ts";
import type { EnqueueMenusTask, MatchConfig } from "./match_task.ts";
import { openJobQueue } from "../open/open_job_queue.ts";
import { openMenus } from "./open_menus.ts";

/** What was enqueued, as `--json` prints it. */
interface EnqueuedMenus {
  readonly objects: { enqueued: number; failed: number };
  readonly jobs: { added: number; known: number; failed: number };
}

/**
 * Adds a job for each chunk of each object of menus; resolves to the exit status. An object that cannot be read does not
 * stop the others.
 */
export async function enqueueMenus(config: MatchConfig, task: EnqueueMenusTask, io: Io): Promise<number> {
  const { flags } = config;
  const { signal } = io;
  const say = (message: string) => io.stderr(`${message}\n`);
  const sums: EnqueuedMenus = {
    objects: { enqueued: 0, failed: 0 },
    jobs: { added: 0, known: 0, failed: 0 },
  };
  await using menus = await openMenus(
    task.from,
    { ...selectionOf(flags), format: flags.format },
    config.s3,
    signal,
  );
  const queue = await openJobQueue(
    { url: task.queue, name: flags.queueName, ca: flags.queueCa },
    { tries: flags.tries, retrySeconds: flags.retryAfterSeconds },
  );
  const found = { found: 0, ignored: 0 };
  const skipped = new SkippedObjects({ what: "CSV file", flag: "--format csv" });
  const onSkipped = (one: SkippedObject) => {
    found.found++;
    if (one.reason === "name_not_utf8") {
      sums.objects.failed++;
      return say(unusableName(menus.source, one).message);
    }
    found.ignored++;
    skipped.add(one);
  };
  const reading = {
    chunkBytes: flags.chunkBytes,
    maxLineBytes: config.records.maxLineBytes,
    delimiter: delimiterOf[config.records.csvDelimiter],
    idleSeconds: config.source.idleTimeoutSeconds,
    signal,
  };
  try {
    await using _ = await queue.fill(signal);
    await queue.settle({ source: menus.source }, signal);
    for await (const { name, opened } of menus.objects(signal, onSkipped)) {
      found.found++;
      try {
        for await (const jobs of menuJobs(opened, reading)) {
          const { added, known, failed } = await queue.add(jobs, signal);
          sums.jobs.added += added;
          sums.jobs.known += known;
          sums.jobs.failed += failed;
        }
        sums.objects.enqueued++;
      } catch (error) {
        signal.throwIfAborted();
        sums.objects.failed++;
        const failure = objectError(opened.store.url + name, error, "enqueue");
        say(failure.message);
        // All further objects would fail too.
        if (failure.kind === "queue") break;
      }
    }
  } finally {
    await queue.close();
    const rest = `${skipped}`;
    say(enqueuedText(sums, queue) + (rest && `; ${rest}`));
    if (config.output.json) {
      io.stdout(`${JSON.stringify({ ...sums, skippedObjects: skipped.summary() })}\n`);
    }
  }
  if (sums.objects.failed > 0) return exitStatus.undone;
  const isEmpty = await tellIfEmpty(menus, found, { skipped, say, signal });
  return isEmpty && !config.output.allowEmpty ? exitStatus.empty : exitStatus.done;
}

function enqueuedText({ jobs, objects }: EnqueuedMenus, { name, url }: JobQueue): string {
  const rest = tally([
    [jobs.known, "already queued"],
    [jobs.failed, `FAILED earlier (retry: sluice queue retry --queue-name ${name})`],
  ]);
  return `Added ${plural(jobs.added, "job")} to queue ${name} of ${url}, for ${
    plural(objects.enqueued, "object")
  }${rest && `; ${rest}`}`;
}
