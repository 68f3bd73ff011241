/** Answers of another model or version on their way into the cache, from which they would be served as this one's. */
import { join } from "node:path";
import { fakeLevel } from "../../fakes/model_behaviour.ts";
import { ended, endedWell, inRunAndWatch, missing, questionsAskedOnce, type Row } from "../row.ts";
import type { World } from "../world.ts";

const otherLevel = (company: string, title: string) => fakeLevel(company, title) % 7 + 1;

/** Has outputs and an export of other models' answers made: a folder for each of two models, and a file. */
async function answersOfOthers(
  world: World,
): Promise<{ folders: string[]; file: string; remarks: string[] }> {
  const cache = ["--cache", `sqlite:${world.folder}/other.db`];
  const list = join(world.folder, "list"), second = join(world.folder, "second");
  world.model.options = { level: otherLevel };
  const version = ["--model-version", "2"];
  const remarks = [
    ...endedWell(await world.run("--to", list, "--model", "reference:", "--cache", "none:")),
    ...endedWell(await world.run("--to", second, ...version, ...cache)),
  ];
  const { stdout } = await world.startCommand("cache", "export", ...cache, ...version).ended;
  const file = join(world.folder, "answers.jsonl");
  await Deno.writeTextFile(file, stdout);
  world.model.options = {};
  world.model.calls.length = 0;
  return { folders: [list, second], file, remarks };
}

/** Has the cache offered what it must not take, in random order. */
async function offer(
  world: World,
  { folders, file }: { folders: string[]; file: string },
): Promise<string[]> {
  const lines = (await Deno.readTextFile(file)).split("\n");
  const bare = join(world.folder, "bare.jsonl");
  await Deno.writeTextFile(bare, lines.slice(1).join("\n"));
  const cache = ["--cache", world.cache];
  const offers = [
    ...folders.map((folder) => ["warm", "--from-output", folder, ...cache]),
    ...[file, bare].map((path) => ["cache", "import", path, ...cache]),
  ];
  if (world.random(0, 1) === 0) offers.reverse();
  const remarks: string[] = [];
  for (const args of offers) {
    const { status, stderr } = await world.startCommand(...args).ended;
    if (status !== 1) remarks.push(`${args.slice(0, 3).join(" ")} ended with ${status}, not 1`);
    remarks.push(...missing(stderr, args[0] === "warm" ? "Refused" : "Cannot import line 1 of "));
  }
  const { stdout } = await world.startCommand("cache", "stats", "--json", ...cache).ended;
  const { entries } = JSON.parse(stdout);
  if (entries !== 0) remarks.push(`${entries} answers were stored: ${stdout}`);
  return remarks;
}

export const mixedAnswersRows: Row[] = inRunAndWatch(
  "answers: those of another model or version are offered",
  async (world, way) => {
    world.issue(2);
    const others = await answersOfOthers(world);
    const remarks = [...others.remarks, ...await offer(world, others)];
    remarks.push(...ended(way, await way.process(world), 0, 3), ...questionsAskedOnce(world));
    const { keys } = world.model.stats();
    if (keys !== world.keys) remarks.push(`the model was asked ${keys} of ${world.keys} keys`);
    return remarks;
  },
);
