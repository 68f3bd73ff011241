import { assertEquals, assertStrictEquals } from "@std/assert/mod.js";
import { kindOf, reasonOf, SluiceError } from "../../lib/errors/sluice_error.ts";

const failed = new SluiceError({ kind: "source", action: "read", subject: "s3://in/a.jsonl", reason: "503" });

Deno.test("SluiceError() makes its sentence of action, subject and reason", () => {
  assertEquals(failed.message, "Cannot read s3://in/a.jsonl: 503");
  const alone = new SluiceError({ kind: "settings", action: "use the command line", reason: "no command" });
  assertEquals(alone.message, "Cannot use the command line: no command");
});

Deno.test("SluiceError.from() keeps what says already what failed, and wraps the rest", () => {
  const context = { kind: "sink", action: "write", subject: "/out/a.jsonl" } as const;
  assertStrictEquals(SluiceError.from(failed, context), failed);
  const cause = new TypeError("broken pipe");
  const wrapped = SluiceError.from(cause, context);
  assertEquals([wrapped.kind, wrapped.message], ["sink", "Cannot write /out/a.jsonl: broken pipe"]);
  assertStrictEquals(wrapped.cause, cause);
});

Deno.test("reasonOf() names a subject once", () => {
  assertEquals(reasonOf(failed, "s3://in/a.jsonl"), "503");
  assertEquals(reasonOf(failed, "s3://in/b.jsonl"), failed.message);
  assertEquals([reasonOf(new Error("why")), reasonOf("text")], ["why", "text"]);
});

Deno.test("kindOf() takes what is no SluiceError for a fault of Sluice", () => {
  assertEquals([kindOf(failed), kindOf(new TypeError("x is undefined"))], ["source", "internal"]);
});
