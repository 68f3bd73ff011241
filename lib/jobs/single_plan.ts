import { SluiceError } from "../errors/sluice_error.ts";
import { type Planned, planObjects, type PlanOptions } from "./plan.ts";

/**
 * The one object of a source that is to be processed, for a destination that has room for one.
 *
 * @throws {SluiceError} There are several; none of them is yielded.
 */
export async function* planSingle(options: PlanOptions): AsyncGenerator<Planned> {
  let single: Planned | undefined;
  for await (const planned of planObjects(options)) {
    if (planned.todo !== "process") yield planned;
    else if (single === undefined) single = planned;
    else {
      throw new SluiceError({
        kind: "input",
        action: "write",
        subject: `${options.source.url} to standard output`,
        reason: `it has several objects, ${single.object.name} and ${planned.object.name} among them: ` +
          "name one of them by --from, or a folder or prefix by --to",
      });
    }
  }
  if (single !== undefined) yield single;
}
