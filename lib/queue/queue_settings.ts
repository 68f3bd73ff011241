import { retryPolicies } from "../retry/retry_policies.ts";
import { address, period, type Settings, text, toggle, whole } from "../settings/setting.ts";

/** Where the jobs of many workers are. */
export const queueSettings = {
  url: address({
    help: "Queue of jobs, in a Redis that evicts nothing; the page of serve shows its state",
    forms: ["redis://HOST:PORT", "rediss://HOST:PORT", "redis+unix:///PATH"],
    accepts: /^(?:rediss?|(?:redis\+)?unix):\/\/./,
  }),
  name: text({
    help: "Name of the queue in that Redis; each pair of source and destination needs its own",
    placeholder: "NAME",
    default: "jobs",
  }),
  ca: text({
    help: "Certificate authorities to verify a rediss:// queue with, a PEM file",
    placeholder: "PATH",
    defaultText: "the system's",
  }),
} satisfies Settings;

/** How jobs are added. */
export const enqueueSettings = {
  follow: toggle({ help: "enqueue: keep running, and add new objects as they arrive" }),
  tries: whole({
    help: "enqueue: attempts at an object before its job fails, 1 to 100",
    min: 1,
    max: 100,
    default: retryPolicies.queueJob.maxAttempts,
  }),
  retryAfter: period({
    help: "enqueue: delay before an object that failed is retried; doubles with each attempt",
    min: "100ms",
    max: "1h",
    default: `${retryPolicies.queueJob.firstMs / 1_000}s`,
  }),
} satisfies Settings;

/** How jobs are worked on. */
export const workSettings = {
  claimTimeout: period({
    help: "work: time after a worker's last sign of life until its jobs go to others; up to twice as long",
    min: "2s",
    max: "1h",
    default: "30s",
  }),
  untilEmpty: toggle({ help: "work: exit when no job is waiting or claimed and no enqueue is adding any" }),
} satisfies Settings;
