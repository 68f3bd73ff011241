/** Files that somebody else put where outputs and rejects go. */
import { ended, endedUndone, endedWell, inRunAndWatch, missing, pause, type Row } from "../row.ts";

const text = '{"mine":1}\n';

export const foreignFileRows: Row[] = inRunAndWatch(
  "destination: foreign files under outputs' names, and a kill",
  async (world, way) => {
    world.issue(6);
    world.model.options = { delayMs: 30 };
    const names = [world.names[world.random(0, 1)]!, `_rejects/${world.names[world.random(2, 5)]}`];
    for (const name of names) world.s3.put("mod", `out/${name}`, text);
    const isKept = async () => {
      const found = await Promise.all(names.map((name) => world.s3.text("mod", `out/${name}`)));
      return found.every((content) => content === text);
    };
    const killed = way.command === "run" ? world.start() : world.startWatch();
    await pause(world.random(300, 1_500));
    killed.kill("SIGKILL");
    await killed.ended;

    const waiting = new Set(names.map((name) => name.replace("_rejects/", "")));
    const result = await way.process(world, {
      isDone(log) {
        const others = world.names.filter((name) => !waiting.has(name));
        return others.every((name) => world.s3.object("mod", `out/${name}`)) &&
          names.every((name) => log.includes(`s3://mod/out/${name}: `));
      },
    });
    const remarks = [
      ...way.command === "run" ? endedUndone(result) : ended(way, result),
      ...missing(result.stderr, ...names.map((name) => `s3://mod/out/${name}: `), "Sluice did not write"),
    ];
    if (!await isKept()) remarks.push("a foreign file was changed");
    return [...remarks, ...endedWell(await world.run("--overwrite"))];
  },
);
