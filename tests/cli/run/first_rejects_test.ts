import { assertEquals } from "@std/assert/mod.js";
import { FirstRejects } from "../../../lib/cli/run/first_rejects.ts";

Deno.test("FirstRejects.add() says each reason once, with its first line", () => {
  const said: string[] = [];
  const rejects = new FirstRejects((message) => said.push(message));
  const reject = (line: number, reason: "invalid_json" | "invalid_utf8") => ({
    line,
    reason,
    text: "x",
    bytes: 1,
  });
  rejects.add("a.jsonl", [
    reject(2, "invalid_json"),
    reject(3, "invalid_json"),
  ]);
  rejects.add("b.jsonl", [
    reject(1, "invalid_json"),
    reject(9, "invalid_utf8"),
  ]);
  assertEquals(said, [
    "Cannot take line 2 of a.jsonl as a record: not JSON (invalid_json): x",
    "Cannot take line 9 of b.jsonl as a record: not UTF-8 (invalid_utf8): x",
  ]);
});
