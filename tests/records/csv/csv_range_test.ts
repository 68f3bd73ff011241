import { assertEquals, assertRejects } from "@std/assert/mod.js";
import { type CsvRange, csvRange } from "../../../lib/records/csv/csv_range.ts";

const csv = new TextEncoder().encode("\ufeffa,b\r\n1,x\n2,y\n3,z\n");

async function read(range: CsvRange, bytes: Uint8Array<ArrayBuffer> = csv) {
  const reads: number[] = [];
  const body = await csvRange(
    (start) => {
      reads.push(start);
      return ReadableStream.from([bytes.slice(start)]);
    },
    range,
    { maxLineBytes: 100 },
  );
  return { text: await new Response(body.bytes).text(), firstLine: body.firstLine, reads };
}

Deno.test("csvRange() puts the header row in front of the stretch", async () => {
  assertEquals(await read({ start: 12, end: 16 }), { text: "a,b\n2,y\n", firstLine: 3, reads: [0, 8, 11] });
});

Deno.test("csvRange() does not read what is before the range if its line is given", async () => {
  assertEquals(await read({ start: 16, end: 20, firstLine: 4 }), {
    text: "a,b\n3,z\n",
    firstLine: 4,
    reads: [0, 15],
  });
});

Deno.test("csvRange() takes a beginning at 0 for the first record", async () => {
  assertEquals((await read({ start: 0, end: 12 })).text, "a,b\n1,x\n");
  assertEquals((await read({ start: 0, end: 3 })).text, "a,b\n");
});

Deno.test("csvRange() finds nothing where there is no header row", async () => {
  assertEquals((await read({ start: 0, end: 12 }, new Uint8Array())).text, "");
});

Deno.test("csvRange() refuses places in lines, in the header row and behind the end", async () => {
  const wrong: [CsvRange, string][] = [
    [{ start: 4, end: 12 }, "its header row ends at byte 8, no record begins at 4"],
    [{ start: 13, end: 16 }, "no record begins at byte 13"],
    [{ start: 12, end: 15 }, "no record ends at byte 15"],
    [{ start: 12, end: 21 }, "it has 20 bytes, no record ends at byte 21"],
  ];
  for (const [range, message] of wrong) await assertRejects(() => read(range), Error, message);
});
