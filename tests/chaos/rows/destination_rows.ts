import { join } from "node:path";
import { ofObjects } from "../../fakes/s3_fault.ts";
import { plainLines } from "../../story/corpus.ts";
import {
  endedUndone,
  endedWell,
  finishes,
  pause,
  type Row,
  sometimes,
  survived,
  takenUpAgain,
} from "../row.ts";
import type { World } from "../world.ts";

/** A server that does with conditions what some do. */
function careless(how: "ignores conditions" | "answers conditions with 501"): Row {
  return {
    fault: `destination: a store that ${how}`,
    async run(world) {
      world.issue(6, { large: 1 });
      world.s3.fault(
        ({ headers, operation }) =>
          operation !== "GetObject" && (headers.has("if-match") || headers.has("if-none-match")),
        (request, proceed) => {
          if (how === "answers conditions with 501") return { status: 501 };
          request.headers.delete("if-match");
          request.headers.delete("if-none-match");
          return proceed();
        },
        { times: Infinity },
      );
      const result = await world.run();
      const said = result.stderr.split("Continuing without conditional writes: ").length - 1;
      return [...endedWell(result), ...said === 1 ? [] : [`it said so ${said} times`]];
    },
  };
}

/** Has outputs go to a file system of its own, mounted with these options; `false` where that may not be done here. */
async function mountedFolder(world: World, options: string): Promise<string | undefined> {
  const folder = join(world.folder, "mounted");
  await Deno.mkdir(folder);
  if (!await succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder)) {
    world.skipped = "no file system can be mounted here";
    return undefined;
  }
  world.onDispose(async () => void await succeeds("umount", folder));
  world.useFolder(folder);
  return folder;
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}

/** A folder that takes nothing at first: the run says so and leaves objects undone; later it takes them. */
function reluctant(fault: string, options: string, healed: string, message: string): Row {
  return {
    fault,
    async run(world) {
      const folder = await mountedFolder(world, options);
      if (folder === undefined) return [];
      world.issue(6, { large: 1 });
      const first = await world.run();
      const remarks = endedUndone(first);
      if (!first.stderr.includes(message)) remarks.push(`it did not say so: ${first.stderr.slice(-300)}`);
      const unfinished = await world.outputs.unfinished();
      if (unfinished.length > 0) remarks.push(`${unfinished.length} unfinished files`);
      await succeeds("mount", "-o", `remount,${healed}`, folder);
      return [...remarks, ...await finishes(world)];
    },
  };
}

async function removeUnfinishedUploads(world: World): Promise<void> {
  for (const { bucket, key, uploadId } of world.s3.unfinishedUploads()) {
    await (await fetch(`${world.s3.endpoint}/${bucket}/${encodeURIComponent(key)}?uploadId=${uploadId}`, {
      method: "DELETE",
      headers: { authorization: "AWS4-HMAC-SHA256" },
    })).body?.cancel();
  }
}

export const destinationRows: Row[] = [
  survived("destination: parts fail at times", (world) => {
    sometimes(world, "UploadPart", { status: 500, code: "InternalError" }, 4);
  }, { large: 2 }),
  takenUpAgain("destination: parts are refused", (world) => {
    world.issueObject("large.jsonl", plainLines(75_000, 500));
    world.s3.fault(ofObjects("UploadPart"), { status: 403, code: "AccessDenied" });
  }),
  survived("destination: parts are slow", (world) => {
    sometimes(world, "UploadPart", async (_, proceed) => {
      await pause(world.random(100, 1_000));
      return proceed();
    }, 10);
  }, { large: 2 }),
  survived("destination: parts time out", (world) => {
    world.s3.fault(ofObjects("UploadPart"), async () => {
      await pause(3_000);
      return "cut" as const;
    });
  }, { large: 1, args: ["--s3-timeout", "2s"] }),
  {
    fault: "destination: an upload begun whose answer is lost",
    async run(world) {
      world.issue(4, { large: 2 });
      world.s3.fault(ofObjects("CreateMultipartUpload"), "lost");
      const remarks = endedWell(await world.run());
      // Its name was never recorded: --abandon-after is for it.
      const left = world.s3.unfinishedUploads().length;
      if (left !== 1) remarks.push(`${left} unfinished uploads`);
      world.s3.ageUploads(25 * 3_600_000);
      return [...remarks, ...endedWell(await world.run())];
    },
  },
  survived(
    "destination: puts fail at times",
    (world) => sometimes(world, "PutObject", { status: 500, code: "InternalError" }, 4),
  ),
  survived("destination: a put's answer is lost", (world) => sometimes(world, "PutObject", "lost", 4)),
  survived(
    "destination: 409 at times",
    (world) => sometimes(world, "PutObject", { status: 409, code: "ConditionalRequestConflict" }, 3),
  ),
  ...([
    ["Complete's answer is lost", "lost"],
    ["Complete answers 200 with an error", { errorIn200: "InternalError" }],
    ["Complete says NoSuchUpload", { status: 404, code: "NoSuchUpload" }],
  ] as const).map(([name, action]): Row => ({
    fault: `destination: ${name}`,
    async run(world) {
      world.issue(4, { large: 2 });
      world.s3.fault(ofObjects("CompleteMultipartUpload"), action, { times: 2 });
      const result = await world.run();
      // A server that says that there is no such upload, but keeps it.
      if (name.endsWith("NoSuchUpload")) await removeUnfinishedUploads(world);
      return endedWell(result);
    },
  })),
  takenUpAgain(
    "destination: 403",
    (world) => sometimes(world, "PutObject", { status: 403, code: "AccessDenied" }, 3),
  ),
  careless("ignores conditions"),
  careless("answers conditions with 501"),
  reluctant("destination: a full disk", "size=256k", "size=64m", "No space left on device"),
  reluctant("destination: a read-only folder", "ro", "rw,size=64m", "Read-only file system"),
  {
    fault: "destination: symlinks that lead out of it",
    async run(world) {
      const outside = join(world.folder, "outside"), mod = join(world.folder, "mod");
      await Deno.mkdir(outside);
      await Deno.mkdir(mod);
      await Deno.writeTextFile(join(outside, "theirs"), "theirs");
      await Deno.symlink(outside, join(mod, "folder"));
      await Deno.symlink(join(outside, "theirs"), join(mod, "linked.jsonl"));
      world.useFolder(mod);
      world.issue(2);
      world.issueObject("linked.jsonl", plainLines(10, 3));
      world.issueObject("folder/a.jsonl", plainLines(10, 3));
      const first = await world.run();
      const remarks = endedUndone(first);
      if (!first.stderr.includes("a symbolic link leads out of")) remarks.push("it did not say so");
      const left = (await Array.fromAsync(Deno.readDir(outside))).map(({ name }) => name);
      if (left.join() !== "theirs") remarks.push(`written outside: ${left}`);
      if (await Deno.readTextFile(join(outside, "theirs")) !== "theirs") {
        remarks.push("a foreign file was changed");
      }
      await Deno.remove(join(mod, "folder"));
      // The other link is a file that Sluice did not write: it is replaced where that is wanted, its target never.
      remarks.push(...await finishes(world, "--overwrite"));
      if (await Deno.readTextFile(join(outside, "theirs")) !== "theirs") {
        remarks.push("a foreign file was changed with --overwrite");
      }
      return remarks;
    },
  },
  {
    fault: "destination: keys with .. and empty segments, into a folder",
    async run(world) {
      const mod = join(world.folder, "deep/mod");
      world.useFolder(mod);
      world.issue(3);
      for (const key of ["in/../out.jsonl", "in/a/../../../out.jsonl", "in/./b.jsonl"]) {
        world.s3.put("raw", key, `{"company":"a","title":"b"}\n`);
      }
      // No object by its name: left alone. A name with an empty segment is one, and no file can be called that.
      const remarks = endedWell(await world.run());
      world.s3.put("raw", "in/a//b.jsonl", `{"company":"a","title":"b"}\n`);
      const second = await world.run();
      remarks.push(...endedUndone(second));
      if (!second.stderr.includes("Cannot finish s3://raw/in/a//b.jsonl: ")) {
        remarks.push("it did not name the object");
      }
      const found = (await Array.fromAsync(Deno.readDir(join(world.folder, "deep")))).map(({ name }) => name);
      if (found.join() !== "mod") remarks.push(`written outside: ${found}`);
      return remarks;
    },
  },
];
