import { gzipSync } from "node:zlib";
import { samplePostings, type SamplePostingsOptions } from "../../lib/seniority/sample/sample_postings.ts";
import { withNewPairs } from "./with_new_pairs.ts";

/** Changes when what is made changes, so that no bench runs on the data of an older one. */
const format = 1;
const seed = 1;
const objects = 10;

/** Lines in a minute's file. */
export const minuteLines = 5_555;
/** Pairs in each object of `minutes-new/` that are nowhere else. */
export const newPairs = 60;
const minutes = 20;
/** For the cold run: so many pairs that it takes about 13 calls. */
const coldLines = 200_000, coldPairs = 12_000;

/** A part of the data: the prefix of some objects in the source bucket. */
export interface DataPart {
  readonly name:
    | "whole"
    | "tenth"
    | "plain"
    | "gzip"
    | "cold"
    | "minutes"
    | "minutes-new";
  readonly objects: number;
  readonly lines: number;
  /** As text, even where they are stored compressed. */
  readonly bytes: number;
}

export interface BenchData {
  /** A folder for each part, in it the objects. */
  readonly folder: string;
  readonly parts: Readonly<Record<DataPart["name"], DataPart>>;
}

/**
 * The bench's data, made once: same number of lines, same bytes. `whole` is ten objects with 11 pairs to 1,000 lines,
 * `tenth` the same ten times smaller, `plain` and `gzip` are three objects of `whole`, uncompressed and compressed.
 *
 * @param folder Where data is kept between runs.
 * @param lines Of `whole`; from 1,000.
 */
export async function benchData(
  folder: string,
  lines: number,
  say: (message: string) => void,
): Promise<BenchData> {
  const made = `${folder}/data-${format}-${lines}`;
  const index = `${folder}/data-${format}-${lines}.json`;
  const known = await Deno.readTextFile(index).catch(() => undefined);
  if (known !== undefined) return { folder: made, parts: JSON.parse(known) };
  say(`making ${lines.toLocaleString("en-US")} lines in ${made}`);
  await Deno.remove(made, { recursive: true }).catch(() => {});
  const ofSize = (records: number) => ({
    records,
    perObject: Math.ceil(records / objects),
    pairs: Math.ceil(records * 0.011),
  });
  const whole = await writeSample(made, "whole", ofSize(lines));
  const parts: BenchData["parts"] = {
    whole,
    tenth: await writeSample(made, "tenth", ofSize(lines / 10)),
    plain: await copyPart(made, whole, "plain", ".jsonl", (bytes) => bytes),
    gzip: await copyPart(
      made,
      whole,
      "gzip",
      ".jsonl.gz",
      (bytes) => gzipSync(bytes),
    ),
    cold: await writeSample(made, "cold", {
      records: coldLines,
      perObject: coldLines / objects,
      pairs: coldPairs,
    }),
    minutes: await writeSample(made, "minutes", {
      records: minutes * minuteLines,
      perObject: minuteLines,
      pairs: 11_000,
    }),
    "minutes-new": await writeNewMinutes(made),
  };
  await Deno.writeTextFile(index, JSON.stringify(parts));
  return { folder: made, parts };
}

async function writeSample(
  folder: string,
  name: DataPart["name"],
  options: Omit<SamplePostingsOptions, "seed">,
): Promise<DataPart> {
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  let bytes = 0, written = 0;
  for (const object of samplePostings({ ...options, seed })) {
    const path = `${folder}/${name}/${object.name}`;
    await Deno.writeFile(path, ReadableStream.from(object.chunks));
    bytes += (await Deno.stat(path)).size;
    written++;
  }
  return { name, objects: written, lines: options.records, bytes };
}

/** The first three objects of a part, changed. */
async function copyPart(
  folder: string,
  from: DataPart,
  name: DataPart["name"],
  extension: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array,
): Promise<DataPart> {
  await Deno.mkdir(`${folder}/${name}`, { recursive: true });
  const names = [...Deno.readDirSync(`${folder}/${from.name}`)].map((
    { name },
  ) => name).toSorted().slice(
    0,
    3,
  );
  let bytes = 0;
  for (const source of names) {
    const content = await Deno.readFile(`${folder}/${from.name}/${source}`);
    bytes += content.length;
    await Deno.writeFile(
      `${folder}/${name}/${source.replace(".jsonl", extension)}`,
      change(content),
    );
  }
  return {
    name,
    objects: names.length,
    lines: names.length * Math.ceil(from.lines / objects),
    bytes,
  };
}

/** The objects of `minutes`, each with pairs that are in no other object. */
async function writeNewMinutes(folder: string): Promise<DataPart> {
  await Deno.mkdir(`${folder}/minutes-new`, { recursive: true });
  let bytes = 0;
  for (const { name } of Deno.readDirSync(`${folder}/minutes`)) {
    const text = withNewPairs(
      await Deno.readTextFile(`${folder}/minutes/${name}`),
      newPairs,
      name,
    );
    await Deno.writeTextFile(`${folder}/minutes-new/${name}`, text);
    bytes += (await Deno.stat(`${folder}/minutes-new/${name}`)).size;
  }
  return {
    name: "minutes-new",
    objects: minutes,
    lines: minutes * minuteLines,
    bytes,
  };
}
