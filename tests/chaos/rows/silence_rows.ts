/** What lies under `--from` and is processed, skipped or refused: all of it is accounted for. */
import { gzipSync } from "node:zlib";
import { joinLines, plainLines } from "../../story/corpus.ts";
import { csvLines } from "../csv_lines.ts";
import {
  ended,
  endedUndone,
  figuresOf,
  inRunAndWatch,
  logOf,
  missing,
  questionsAskedOnce,
  type Row,
} from "../row.ts";
import type { World } from "../world.ts";

const line = `{"company":"foreign","title":"foreign"}\n`;

/** Objects that are read although their names or line ends are not the usual ones. */
function issueOdd(world: World): void {
  const few = () => plainLines(world.random(1, 40), world.random(1, 40));
  for (
    const name of ["A.JSONL", "b.NdJson.GZ", "c.jsonl.gzip", "d.jsonl.zst", "part-00.json", "deep/e.Json"]
  ) {
    world.issueObject(name, few());
  }
  const elements = few();
  world.issueObject("list.json", elements, {
    bytes: new TextEncoder().encode(
      `[${elements.map(({ input }) => new TextDecoder().decode(input)).join(" ,\n")}]`,
    ),
  });
  for (const [name, newline] of [["cr", "\r"], ["crcrlf", "\r\r\n"]] as const) {
    const table = csvLines(world.random(1, 40), name);
    world.issueObject(`${name}.Csv`, table, {
      bytes: joinLines(table.map(({ input }) => input), { newline, closed: world.random(0, 1) === 0 }),
    });
  }
}

/** Objects of which no output may come, by the reason for which they are skipped; as many of each as chance has it. */
function putSkipped(world: World): Map<string, string> {
  const skipped = new Map<string, string>();
  const put = (reason: string, ...names: string[]) => {
    for (const name of names.slice(0, world.random(1, names.length))) {
      world.put(name, name.endsWith(".gz") ? gzipSync(line) : line);
      // A hidden folder is named in place of what is in it.
      skipped.set(name.replace(/((?:^|\/)_[^/]*\/).*/, "$1"), reason);
    }
  };
  put("not_a_record_file", "a.txt", "b.log.gz", "c", "d.parquet", "deep/e.jsonl.bak");
  put("hidden", "_SUCCESS", ".f.jsonl", "_export/g.jsonl", "deep/_h/i.jsonl", "_j.csv");
  for (
    const [name, bytes] of [["settings.json", '{\n  "name": "none"\n}\n'], [
      "numbers.json",
      "[1, 2]\n",
    ]] as const
  ) {
    world.put(name, bytes);
    skipped.set(name, "not_records");
  }
  return skipped;
}

export const silenceRows: Row[] = [
  ...inRunAndWatch("silence: odd names, endings and line ends", async (world, way) => {
    world.issue(2);
    issueOdd(world);
    const skipped = putSkipped(world);
    const named = (result: Parameters<typeof logOf>[0]): Map<string, string> =>
      new Map(
        way.command === "run"
          ? figuresOf(result).skippedObjects.names.map((
            { name, reason }: Record<string, string>,
          ) => [name, reason])
          : logOf(result).filter(({ message }) => message.startsWith("Skipped "))
            .map(({ object, reason }) => [object, reason]),
      );
    const result = await way.process(world);
    const remarks = [...ended(way, result, 0, 3), ...questionsAskedOnce(world)];
    const found = [...named(result)].sort().join(" "), expected = [...skipped].sort().join(" ");
    if (found !== expected) remarks.push(`skipped are ${expected}; it named ${found}`);
    if (way.command === "watch") return remarks;
    const { objects } = figuresOf(result);
    const all = world.names.length + skipped.size;
    if (objects.found !== all || objects.done !== world.names.length || objects.ignored !== skipped.size) {
      remarks.push(
        `of ${all} objects, of which ${skipped.size} are to be skipped: ${JSON.stringify(objects)}`,
      );
    }
    return remarks;
  }),
  ...inRunAndWatch("silence: names that are not UTF-8", async (world, way) => {
    const folder = `${world.folder}/in`;
    world.useSourceFolder(folder);
    world.useFolder(`${world.folder}/out`);
    world.issue(3);
    const script = [
      `printf '%s' '${line.trim()}' > "$(printf 'caf\\xe9.jsonl')"`,
      `mkdir "$(printf '\\xfcber')"`,
      `printf '%s' '${line.trim()}' > "$(printf '\\xfcber/a.jsonl')"`,
    ].join(" && ");
    const written = await new Deno.Command("bash", { args: ["-c", script], cwd: folder }).output();
    if (!written.success) {
      world.skipped = "no file can have such a name here";
      return [];
    }
    const result = await way.process(world);
    const remarks = [
      ...way.command === "run" ? endedUndone(result) : ended(way, result),
      ...missing(result.stderr, "its name is not UTF-8", "caf\\", "ber/"),
    ];
    // Renamed, they are objects like any other.
    const renamed = await new Deno.Command("bash", {
      args: ["-c", `rm -r "$(printf '\\xfcber')" && rm "$(printf 'caf\\xe9.jsonl')"`],
      cwd: folder,
    }).output();
    if (!renamed.success) remarks.push("they cannot be removed");
    world.issueObject("café.jsonl", plainLines(3, 3));
    const again = await way.process(world);
    return [...remarks, ...ended(way, again, 0, 3)];
  }),
  {
    fault: "silence: nothing that can be processed, run",
    async run(world) {
      const remarks: string[] = [];
      for (const name of [undefined, "_x/a.jsonl", "b.txt"]) {
        if (name !== undefined) world.put(name, line);
        const { status, stderr } = await world.run();
        if (status !== 4) remarks.push(`it ended with ${status}, not 4`);
        remarks.push(...missing(stderr, "NOTHING TO DO"));
      }
      const { status } = await world.run("--allow-empty");
      if (status !== 0) remarks.push(`with --allow-empty, it ended with ${status}`);
      return remarks;
    },
  },
];
