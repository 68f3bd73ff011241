import { startReferenceServer } from "../../seniority/reference_server.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import type { Values } from "../../settings/setting.ts";
import type { referenceModelFlags } from "./tryout_settings.ts";

/** Serves the reference model until the signal; says on standard output where, as soon as it is reached there. */
export async function referenceModel(options: Values<typeof referenceModelFlags>, io: Io): Promise<number> {
  const server = await startReferenceServer({ ...options, signal: io.signal });
  io.stdout(`listening on ${server.url}\n`);
  await server.finished;
  return exitStatus.done;
}
