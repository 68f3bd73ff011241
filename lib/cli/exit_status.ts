/** What the process's exit status says. Where several hold, `undone` goes before `rejects`, a signal before all. */
export const exitStatus = {
  /** All done. */
  done: 0,
  /** Some object is not done. */
  undone: 1,
  /** The command line or a setting cannot be used. */
  usage: 2,
  /** All done, and some records were rejected. */
  rejects: 3,
  /** Stopped by SIGINT. */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;
