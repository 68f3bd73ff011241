/** Rights that the program's user lacks: found before a question costs anything. */
import { ended, endedUndone, endedWell, inRunAndWatch, missing, type Row } from "../row.ts";
import type { World } from "../world.ts";

const writes = /^(?:PutObject|CreateMultipartUpload|UploadPart)$/;

/** Takes away the right to write, until it is given back. */
function readOnly(world: World): () => void {
  const fault = world.s3.fault(
    ({ bucket, operation }) => bucket === "mod" && writes.test(operation),
    { status: 403, code: "AccessDenied", message: "Access Denied" },
    { times: Infinity },
  );
  return () => void (fault.left = 0);
}

export const rightsRows: Row[] = inRunAndWatch(
  "rights: none to write in the destination",
  async (world, way) => {
    world.issue(3);
    const giveBack = readOnly(world);
    const remarks: string[] = [];
    const unasked = () => {
      const { questions } = world.model.stats();
      if (questions > 0) remarks.push(`${questions} questions were asked although nothing can be written`);
    };
    let isGiven = false;
    const result = await way.process(world, {
      isDone(log) {
        if (isGiven) return world.isDelivered();
        if (!log.includes("AccessDenied")) return false;
        unasked();
        giveBack();
        isGiven = true;
        return false;
      },
    });
    remarks.push(...missing(result.stderr, "AccessDenied"));
    if (way.command === "watch") return [...remarks, ...ended(way, result)];
    unasked();
    giveBack();
    return [...remarks, ...endedUndone(result), ...endedWell(await world.run())];
  },
);
