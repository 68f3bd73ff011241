import { assertEquals } from "@std/assert/mod.js";
import { reportFailure } from "../../lib/cli/failure.ts";
import { Stop } from "../../lib/cli/io.ts";
import { type ErrorKind, SluiceError } from "../../lib/errors/sluice_error.ts";
import { ConfigError } from "../../lib/settings/config_error.ts";

const { signal } = new AbortController();

function reported(error: unknown, stop = signal): [status: number, texts: string[]] {
  const texts: string[] = [];
  return [reportFailure(error, stop, (text) => texts.push(text)), texts];
}

function failure(kind: ErrorKind): SluiceError {
  return new SluiceError({ kind, action: "read", subject: "a", reason: "it is gone" });
}

Deno.test("reportFailure() distinguishes settings from other failures by the error's kind", () => {
  const kinds = ["input", "data", "source", "sink", "cache", "model", "queue", "limit"] as const;
  for (const kind of kinds) assertEquals(reported(failure(kind)), [1, ["Cannot read a: it is gone"]], kind);
  assertEquals(reported(failure("settings")), [2, ["Cannot read a: it is gone"]]);
});

Deno.test("reportFailure() reports each problem of settings by itself", () => {
  assertEquals(reported(new ConfigError(["Cannot set a", "Cannot set b"])), [2, [
    "Cannot set a",
    "Cannot set b",
  ]]);
});

Deno.test("reportFailure() shows the stack of a fault in Sluice, whatever its message", () => {
  for (const fault of [new TypeError("x is undefined"), new Error("Cannot be"), failure("internal")]) {
    assertEquals(reported(fault), [1, [fault.stack!]]);
  }
  assertEquals(reported("thrown"), [1, ["thrown"]]);
});

Deno.test("reportFailure() takes what fails because of a stop for the stop", () => {
  const stopped = new AbortController();
  stopped.abort(new Stop("SIGINT"));
  const aborted = new DOMException("aborted", "AbortError");
  assertEquals(reported(aborted, stopped.signal), [1, ["Stopped by SIGINT"]]);
  assertEquals(reported(failure("settings"), stopped.signal)[0], 2);
});
