/** Objects of which a part, or all, cannot be read as it stands: a bad record costs itself, a bad object fails. */
import { gzipSync, zstdCompressSync } from "node:zlib";
import { concat, type CorpusLine, joinLines, plainLines } from "../../story/corpus.ts";
import { csvLines } from "../csv_lines.ts";
import { ended, endedUndone, figuresOf, inRunAndWatch, missing, type Row } from "../row.ts";
import type { World } from "../world.ts";

const encoder = new TextEncoder(), decoder = new TextDecoder();
const inputs = (lines: readonly CorpusLine[]) => lines.map(({ input }) => input);
const bad: CorpusLine = { input: encoder.encode("no json"), reason: "invalid_json" };

/** Lines with some that are no records, at random. */
function withBad(world: World): CorpusLine[] {
  const lines = plainLines(world.random(5, 200), 30);
  for (let i = world.random(1, 3); i > 0; i--) lines.splice(world.random(0, lines.length), 0, bad);
  return lines;
}

/** A table with a quote that is never closed in one row. */
function strayQuote(world: World): CorpusLine[] {
  const table = csvLines(world.random(50, 2_000), "Stray");
  const row = { input: encoder.encode('x,"5 inch pipe,fitter'), reason: "invalid_csv" };
  table.splice(world.random(1, table.length), 0, row);
  return table;
}

function utf16(lines: readonly CorpusLine[], isLittle: boolean): Uint8Array {
  const text = `\ufeff${decoder.decode(joinLines(inputs(lines)))}`;
  const bytes = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) bytes.setUint16(2 * i, text.charCodeAt(i), isLittle);
  return new Uint8Array(bytes.buffer);
}

/** Several frames, which begin and end anywhere. */
function zstdFrames(world: World, lines: readonly CorpusLine[]): Uint8Array {
  const bytes = joinLines(inputs(lines)), frames: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + world.random(1, 10_000);
    frames.push(new Uint8Array(zstdCompressSync(bytes.subarray(at, end))));
    at = end;
  }
  return concat(frames);
}

const nested = "nested.jsonl.gz";

/** Which title the model refuses, as long as it does. */
const refused = "Title 7";

export const rejectRows: Row[] = inRunAndWatch(
  "rejects: stray quotes, UTF-16, zstd, arrays, gzip in gzip; then replay",
  async (world, way) => {
    world.issue(1);
    world.issueObject("stray.csv", strayQuote(world));
    const encoded = withBad(world);
    world.issueObject("utf16.jsonl", encoded, { bytes: utf16(encoded, world.random(0, 1) === 0) });
    const framed = withBad(world);
    world.issueObject("frames.jsonl.zst", framed, { bytes: zstdFrames(world, framed) });
    const elements = [
      ...plainLines(30, 30),
      { input: encoder.encode(`{"company":"a"}`), reason: "missing_key_field" },
    ];
    const array = `[\n  ${inputs(elements).map((element) => decoder.decode(element)).join(",\r\n  ")}\n]`;
    world.issueObject("array.json", elements, { bytes: encoder.encode(array) });
    world.put(nested, gzipSync(gzipSync(joinLines(inputs(plainLines(100, 5))))));
    world.model.options = { refuse: ({ title }) => title === refused };

    const mend = () => world.issueObject(nested, plainLines(world.random(1, 100), 5));
    let isMended = false;
    const first = await way.process(world, {
      async isDone(log) {
        if (!await world.isDelivered()) return false;
        if (isMended || !log.includes("gzip within another compression")) return isMended;
        mend();
        isMended = true;
        return false;
      },
    });
    const remarks = [
      ...way.command === "run" ? endedUndone(first) : ended(way, first),
      ...missing(first.stderr, `Cannot finish s3://raw/in/${nested}: `, "gzip within another compression"),
    ];
    if (!isMended) {
      mend();
      remarks.push(...ended(way, await world.run(), 0, 3));
    }
    const refusing = await world.replay("--dry-run");
    remarks.push(...missing(refusing.stdout, "model_refused"));

    // The model takes all questions now. What is left are the records that are none.
    world.model.options = {};
    const replayed = await world.replay();
    if (replayed.status !== 3) {
      remarks.push(`replay ended with ${replayed.status}: ${replayed.stderr.slice(-600)}`);
    } else if (figuresOf(replayed).replay.after >= figuresOf(replayed).replay.before) {
      remarks.push(`replay: ${JSON.stringify(figuresOf(replayed).replay)}`);
    }
    return remarks;
  },
);
