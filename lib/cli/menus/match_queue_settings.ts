import { enqueueSettings, queueSettings, workSettings } from "../../queue/queue_settings.ts";
import { bytes, type Settings, toggle } from "../../settings/setting.ts";

/** How `sluice match` shares its work with other machines. By flags only: in the environment and in files these are `work`'s. */
export const matchQueueFlags = {
  queue: {
    ...queueSettings.queue,
    help: "Match what this queue's jobs name, in place of --from, until there are none",
  },
  enqueue: toggle({ help: "Match nothing: add a job to --queue for each chunk of each object of --from" }),
  chunkBytes: bytes({
    help: "--enqueue: length of a chunk, of whole records; compressed objects are one chunk",
    min: 1024,
    max: 1024 ** 4,
    default: 16 * 1024 ** 2,
  }),
  queueName: {
    ...queueSettings.queueName,
    help: "The queue's name there: the menus of one source have one queue",
    default: "menus",
  },
  queueCa: queueSettings.queueCa,
  tries: {
    ...enqueueSettings.tries,
    help: "--enqueue: how often a chunk is tried before its job has failed, 1 to 100",
  },
  retryAfter: {
    ...enqueueSettings.retryAfter,
    help: "--enqueue: how long a chunk that failed waits to be tried again; twice as long each time",
  },
  claimTimeout: {
    ...workSettings.claimTimeout,
    help: "How long after a worker was last heard of its jobs go to others; up to twice as long",
  },
} satisfies Settings;
