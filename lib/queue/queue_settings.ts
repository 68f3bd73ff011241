import { address, period, type Settings, text, toggle, whole } from "../settings/setting.ts";

/** Where the jobs of a fleet are. */
export const queueSettings = {
  queue: address({
    help: "The fleet's queue, in a Redis that evicts nothing; the page of serve shows how it stands",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT"],
    accepts: /^rediss?:\/\/./,
  }),
  queueName: text({
    help: "The queue's name there: one source and one destination have one queue",
    placeholder: "NAME",
    default: "jobs",
  }),
  queueCa: text({
    help: "Certificate authorities to check a rediss:// queue with, a PEM file; the system's when left out",
    placeholder: "PATH",
  }),
} satisfies Settings;

/** How jobs are added. */
export const enqueueSettings = {
  follow: toggle({ help: "enqueue: go on, and add what comes, until stopped" }),
  tries: whole({
    help: "enqueue: how often an object is tried before its job has failed, 1 to 100",
    min: 1,
    max: 100,
    default: 5,
  }),
  retryAfter: period({
    help: "enqueue: how long an object that failed waits to be tried again; twice as long each time",
    min: "100ms",
    max: "1h",
    default: "10s",
  }),
} satisfies Settings;

/** How jobs are worked on. */
export const workSettings = {
  claimTimeout: period({
    help: "work: how long after a worker was last heard of its jobs go to others; up to twice as long",
    min: "2s",
    max: "1h",
    default: "30s",
  }),
  untilEmpty: toggle({ help: "work: end when the queue has no job left that waits or is claimed" }),
} satisfies Settings;
