import { openQueuedMenus } from "../../lib/cli/menus/open_queued_menus.ts";
import { job, place, type QueueScene } from "../queue/queue_scene.ts";
import type { ErrorText, ErrorTexts, Said } from "./error_text.ts";
import { queueText } from "./queue_text.ts";
import type { Scene } from "./scene.ts";

const { signal } = new AbortController();
const menus = "MenuId,ProductName,ProductDescription\n7,Coca-Cola,\n";

/** What `sluice match` says of its flags. */
function refused(when: string, text: string, flags: readonly string[]): ErrorText {
  return {
    when,
    text: `sluice: ${text}`,
    status: 2,
    provoke: (scene) => scene.sluice(["match", ...flags.map((flag) => flag.replace("<DIR>", scene.folder))]),
  };
}

/** What is said with a real Redis, a folder `m` with menus, and terms. */
function queued(
  when: string,
  text: string,
  work: (fleet: QueueScene, scene: Scene) => Promise<Said>,
  status?: number,
): ErrorText {
  return queueText(when, text, (fleet, scene) => {
    scene.write("m/menus.csv", menus);
    scene.write("terms.csv", "TermId,Term\n1,Coca-Cola\n");
    return work(fleet, scene);
  }, status);
}

/** What `sluice match --enqueue` says of the folder `m`, but for the sum at its end. */
async function enqueued({ redis }: QueueScene, scene: Scene, ...flags: string[]): Promise<Said> {
  const from = ["--from", `${scene.folder}/m`];
  const said = await scene.sluice(["match", "--enqueue", "--queue", redis.url, ...from, ...flags]);
  const { text, status } = said as { text: string; status: number };
  return { text: text.split("\n").filter((line) => !line.startsWith("Added ")).join("\n"), status };
}

/** What `sluice match --queue` says. */
async function matched({ redis }: QueueScene, scene: Scene): Promise<Said> {
  const table = ["--terms", `${scene.folder}/terms.csv`, "--to", `sqlite:${scene.folder}/m.db`];
  return await scene.sluice(["match", "--quiet", "--queue", redis.url, ...table]);
}

/** The jobs of the queue `menus`, and what is said of them. */
async function opened({ redis }: QueueScene, said: string[]) {
  const queue = { url: redis.url, name: "menus", ca: undefined, claimTimeoutSeconds: 2 };
  return await openQueuedMenus(
    queue,
    { ca: undefined, timeoutSeconds: 60 },
    (message) => said.push(message),
    signal,
  );
}

export const menuQueueTexts: ErrorTexts = {
  name: "sluice match --queue",
  rows: [
    refused(
      "nothing to match",
      "Cannot start without --from: the place of the objects, one of s3://BUCKET/PREFIX/, a path, file:PATH",
      ["--terms", "terms.csv"],
    ),
    refused(
      "no terms",
      "Cannot start without --terms: the terms that are looked for, a CSV file or S3 object",
      ["--queue", "redis://queue"],
    ),
    refused(
      "no queue to add to",
      "Cannot start without --queue: the queue that the jobs are in, redis://HOST:PORT",
      ["--enqueue", "--from", "m"],
    ),
    refused(
      "a range to be enqueued",
      "Cannot use range with --enqueue: it cuts objects by --chunk-bytes",
      ["--enqueue", "--from", "m", "--queue", "redis://queue", "--range", "38-45"],
    ),
    refused(
      "objects beside a queue",
      "Cannot use from with --queue: its jobs say what is matched, and --enqueue adds them",
      ["--from", "m", "--queue", "redis://queue", "--terms", "terms.csv"],
    ),
    refused(
      "a CSV file for several writers",
      "Cannot write matches to <DIR>/out.csv: several processes work on a queue, and a file has one writer; " +
        "use sqlite:PATH or postgres://…",
      ["--queue", "redis://queue", "--terms", "terms.csv", "--to", "<DIR>/out.csv"],
    ),
    queued(
      "menus that cannot be cut",
      "Cannot enqueue file://<DIR>/m/menus.csv: its header row is longer than maxLineBytes, 1024",
      async (fleet, scene) => {
        scene.write("m/menus.csv", `MenuId,${"x".repeat(2_000)}\n`);
        return await enqueued(fleet, scene, "--max-line-bytes", "1KiB");
      },
      1,
    ),
    queued(
      "menus among postings",
      "sluice: Cannot add jobs to queue jobs in redis://127.0.0.1:<PORT>: it has 1 jobs from s3://raw/in/ to s3://mod/out/; " +
        "give these another queue by --queue-name",
      async (fleet, scene) => {
        const queue = fleet.outside();
        await queue.settle(place, signal);
        await queue.add([job("a.jsonl")], signal);
        return await enqueued(fleet, scene, "--queue-name", "jobs");
      },
      1,
    ),
    queued(
      "postings in place of menus",
      "sluice: Cannot match the jobs of queue menus of redis://127.0.0.1:<PORT>: they are from s3://raw/in/ to s3://mod/out/, " +
        "for sluice work",
      async (fleet, scene) => {
        await fleet.outside({ name: "menus" }).settle(place, signal);
        return await matched(fleet, scene);
      },
      1,
    ),
    queued(
      "menus in place of postings",
      "Cannot work on the jobs of queue menus of redis://127.0.0.1:<PORT>: they are of menus from file://<DIR>/m/, " +
        "for sluice match --queue",
      async (fleet, scene) => {
        await enqueued(fleet, scene);
        const flags = ["--queue", fleet.redis.url, "--queue-name", "menus", "--model", "reference:"];
        const { text, status } = await scene.sluice(
          ["work", ...flags, "--cache", "none:", "--listen", "127.0.0.1:0", "--log-level", "error"],
        ) as { text: string; status: number };
        return { text: JSON.parse(text).message, status };
      },
      1,
    ),
    queued(
      "a queue without jobs",
      "NOTHING TO DO: there is no job in queue menus of redis://127.0.0.1:<PORT>",
      matched,
      0,
    ),
    queued(
      "menus that changed after they were enqueued",
      "Cannot match file://<DIR>/m/menus.csv: it has changed since it was enqueued; enqueue what is there now\n" +
        "Cannot finish all jobs of queue menus of redis://127.0.0.1:<PORT>: 1 have failed; " +
        "sluice queue --queue-name menus says why, sluice queue retry puts them back",
      async (fleet, scene) => {
        await enqueued(fleet, scene, "--tries", "1");
        scene.write("m/menus.csv", `${menus}8,Rum,\n`);
        return await matched(fleet, scene);
      },
      1,
    ),
    queued(
      "a queue that is gone when a chunk is done",
      "Cannot remove a job of queue redis://127.0.0.1:<PORT>: connect ECONNREFUSED 127.0.0.1:<PORT>; it comes again",
      async (fleet, scene) => {
        await enqueued(fleet, scene);
        const said: string[] = [];
        await using menus = await opened(fleet, said);
        for await (const { onEnd } of menus.objects(signal)) {
          await fleet.redis.kill();
          await onEnd!();
          break;
        }
        return said.join("\n");
      },
    ),
    queued(
      "a queue that is away for a while",
      "Cannot claim jobs of queue redis://127.0.0.1:<PORT>: <CAUSE>; retrying until it answers\n" +
        "The queue answers again: redis://127.0.0.1:<PORT>",
      async (fleet, scene) => {
        scene.hide(/(?<=<PORT>: ).*(?=; retrying)/g, "<CAUSE>"); // the first one to notice reports it
        await enqueued(fleet, scene);
        const said: string[] = [];
        await using menus = await opened(fleet, said);
        for await (const { onEnd } of menus.objects(signal)) {
          await onEnd!();
          await fleet.redis.kill();
          setTimeout(() => fleet.redis.restart(0), 500);
        }
        return said.join("\n");
      },
    ),
  ],
};
