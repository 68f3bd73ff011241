/** How much a message matters: `error` if something is not done, or an operator has to act. */
export type TellLevel = "info" | "warning" | "error";

/** What programs read in a line of the log, beside the message: `kind`, `object`. */
export type TellFields = Readonly<Record<string, unknown>>;

/** Takes a message for the user or the log: a sentence without its full stop. The level defaults to `warning`. */
export type Tell = (message: string, level?: TellLevel, fields?: TellFields) => void;
