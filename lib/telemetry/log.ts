import {
  configureSync,
  getAnsiColorFormatter,
  getJsonLinesFormatter,
  getLogger,
  getTextFormatter,
  type LogLevel,
} from "@logtape/logtape";
import { printable, printableJson } from "../text/printable.ts";
import type { Values } from "../settings/setting.ts";
import type { logSettings } from "./log_settings.ts";

/** Takes a message, and fields for programs. */
export type Log = (
  message: string,
  level?: LogLevel,
  properties?: Readonly<Record<string, unknown>>,
) => void;

/**
 * The log of a long-running process, on standard error: text on a terminal, JSON lines elsewhere. LogTape keeps one
 * configuration for the whole process, so the log that was opened last counts.
 */
export function openLog(
  { logFormat, logLevel }: Values<typeof logSettings>,
  io: {
    readonly stderr: (text: string) => void;
    /** Where the colors of a terminal may go; defaults to `stderr`. */
    readonly control?: (text: string) => void;
    readonly stderrIsTerminal: boolean;
  },
): Log {
  const isText = logFormat === "text" || (logFormat === "auto" && io.stderrIsTerminal);
  const format = isText
    ? (io.stderrIsTerminal ? getAnsiColorFormatter : getTextFormatter)({
      timestamp: "date-time",
      level: "full",
      format: ({ timestamp, level, message }) => `${timestamp} ${level.padEnd(7)} ${message}`,
    })
    : getJsonLinesFormatter({ message: "rendered", properties: "flatten" });
  const write = io.control ?? io.stderr;
  configureSync({
    reset: true,
    sinks: { stderr: (record) => write(isText ? format(record) : printableJson(format(record))) },
    loggers: [
      { category: "sluice", lowestLevel: logLevel, sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
  });
  const logger = getLogger("sluice");
  return (message, level = "warning", properties = {}) =>
    // Not through `logger.info` and the like: they take braces in a message for placeholders.
    logger.emit({
      ...{ level, message: [isText ? printable(message) : message], rawMessage: message },
      ...{ properties, timestamp: Date.now() },
    });
}
