/** How much a message matters: `error` where something is not done, or somebody has to act. */
export type TellLevel = "info" | "warning" | "error";

/** Takes a message for people, or for a log: a sentence without its full stop. `warning` unless told. */
export type Tell = (message: string, level?: TellLevel) => void;
