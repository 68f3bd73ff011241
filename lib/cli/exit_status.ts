/** What the process's exit status means. If several apply, `undone` precedes `rejects`, and a signal precedes all. */
export const exitStatus = {
  /** All done. */
  done: 0,
  /** Some object is not processed. */
  undone: 1,
  /** The command line or a setting cannot be used. */
  usage: 2,
  /** All done, and some records were rejected. */
  rejects: 3,
  /** Nothing was found to process. */
  empty: 4,
  /** Stopped by SIGINT. */
  interrupted: 130,
  /** Stopped by SIGTERM. */
  terminated: 143,
} as const;

/** The exit status of commands that process objects, for `--help`. */
export const jobStatusHelp = `Exit status:
  0  all objects are processed
  1  some object is not processed
  2  the command line or a setting cannot be used
  3  all objects are processed, and some records were rejected (0 with --allow-rejects)
  4  nothing was found to process under --from (0 with --allow-empty)
  130, 143  stopped by SIGINT, SIGTERM`;

/** The exit status of commands that run until they are stopped, for `--help`. */
export const serviceStatusHelp = `Exit status:
  0  it was stopped, and all work in flight was finished
  1  it could not start
  2  the command line or a setting cannot be used
  130, 143  it was stopped by SIGINT, SIGTERM, and work in flight was not finished within --grace`;
