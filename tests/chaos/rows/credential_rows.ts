/** Credentials that are taken no more, and objects that cannot be read for now. */
import { join } from "node:path";
import { plainLines } from "../../story/corpus.ts";
import {
  ended,
  endedUndone,
  endedWell,
  figuresOf,
  inRunAndWatch,
  logOf,
  missing,
  questionsAskedOnce,
  type Row,
} from "../row.ts";
import type { World } from "../world.ts";

const objects = 24;

/** As many requests as may be under way when the credentials expire, with one more each: what they were sent for. */
const maxRefused = 20;

/** Has the credentials come from a file, in which those of this name are. */
async function nameCredentials(world: World, accessKey: string): Promise<void> {
  const file = join(world.folder, "credentials");
  await Deno.writeTextFile(
    file,
    `[default]\naws_access_key_id = ${accessKey}\naws_secret_access_key = s\naws_session_token = t-${accessKey}\n`,
  );
  delete world.environment.AWS_ACCESS_KEY_ID;
  delete world.environment.AWS_SECRET_ACCESS_KEY;
  world.environment.AWS_SHARED_CREDENTIALS_FILE = file;
}

const expiring: Row[] = inRunAndWatch("credentials: they expire in the middle", async (world, way) => {
  for (let i = 0; i < objects; i++) {
    world.issueObject(`${100 + i}.jsonl`, plainLines(world.random(1, 50), 50));
  }
  await nameCredentials(world, "OLD");
  let taken = "OLD", reads = world.random(2, 10), refused = 0;
  world.s3.fault(
    ({ headers, operation }) => {
      if (operation === "GetObject" && reads > 0 && --reads === 0 && taken === "OLD") taken = "NEW";
      if (headers.get("authorization")?.includes(`Credential=${taken}/`)) return false;
      refused++;
      return true;
    },
    { status: 400, code: "ExpiredToken", message: "The provided token has expired." },
    { times: Infinity },
  );
  const renew = async () => {
    if (way.command === "run" || world.isLong) await nameCredentials(world, "NEW");
    // A watch looks for others each half minute only: the server takes the old ones again.
    else taken = "OLD";
  };
  let isRenewed = false, refusals = 0;
  const result = await way.process(world, {
    async isDone() {
      if (isRenewed || refused < 3) return isRenewed && await world.isDelivered();
      refusals = refused;
      await renew();
      isRenewed = true;
      return false;
    },
  });
  const told = result.stderr.split("\n").filter((line) => line.includes("ExpiredToken")).length;
  // A watch may say so of the listing as well, which goes on beside the objects.
  const remarks = told === 1 || (told === 2 && way.command === "watch")
    ? []
    : [`it said ${told} times that they have expired: ${result.stderr.slice(-900)}`];
  if (way.command === "watch") return [...remarks, ...ended(way, result), ...questionsAskedOnce(world)];
  refusals = refused;
  remarks.push(...endedUndone(result), ...missing(result.stderr, "get new ones", "are left to the next run"));
  if (refusals > maxRefused) remarks.push(`${refusals} requests with credentials that had expired`);
  await renew();
  return [...remarks, ...endedWell(await world.run()), ...questionsAskedOnce(world)];
});

const archived: Row[] = inRunAndWatch("source: archived objects", async (world, way) => {
  world.issue(3);
  const few = () => plainLines(world.random(1, 50), 50);
  const put = (name: string, lines: ReturnType<typeof few>, restored: boolean) =>
    world.issueObject(name, lines, {
      headers: {
        "x-amz-storage-class": ["GLACIER", "DEEP_ARCHIVE"][world.random(0, 1)]!,
        ...restored ? { "x-amz-restore": 'ongoing-request="false"' } : {},
      },
    });
  put("restored.jsonl", few(), true);
  const names = ["a.jsonl", "b.jsonl", "c.jsonl"].slice(0, world.random(1, 3));
  for (const name of names) put(name, few(), false);
  for (const name of names) world.forget(name);
  const remarks: string[] = [];
  if (way.command === "run") {
    const first = await world.run();
    remarks.push(...endedUndone(first), ...missing(first.stderr, "--skip-archived"));
    for (const name of names) {
      const reads = world.s3.requests.filter(({ key, method }) =>
        key === `in/${name}` && method === "GET"
      ).length;
      if (reads !== 1) remarks.push(`${name} was read ${reads} times`);
    }
  }
  const result = await way.process(world, { args: ["--skip-archived"] });
  const skipped: { name?: string; object?: string; reason?: string }[] = way.command === "run"
    ? figuresOf(result).skippedObjects.names
    : logOf(result).filter(({ message }) => message.startsWith("Skipped "));
  const found = skipped.map(({ name, object, reason }) => `${name ?? object} ${reason}`).sort();
  const expected = names.map((name) => `${name} archived`);
  if (found.join() !== expected.join()) remarks.push(`skipped are ${expected}; it named ${found}`);
  remarks.push(...ended(way, result, 0, 3));
  for (const name of names) put(name, few(), true);
  return [...remarks, ...ended(way, await way.process(world, { args: ["--skip-archived"] }), 0, 3)];
});

export const credentialRows: Row[] = [...expiring, ...archived];
