import { assertEquals } from "@std/assert/mod.js";
import { groupName } from "../../lib/report/group_name.ts";

Deno.test("groupName() is exact text", () => {
  const cases: [unknown, string | undefined][] = [
    [" a ", " a "],
    ["", ""],
    [0, "0"],
    [1.5, "1.5"],
    [true, "true"],
    [["a", 1], '["a",1]'],
    [{ city: "Wien" }, '{"city":"Wien"}'],
    [null, undefined],
    [undefined, undefined],
  ];
  for (const [value, name] of cases) assertEquals(groupName(value), name);
});
