import type { Config } from "../settings/config.ts";
import type { Tell } from "../../text/tell.ts";
import { failureText } from "../run/job_session.ts";
import { LiveServer } from "./live_server.ts";

/**
 * The page of a process that goes on. Where nobody has chosen the address, a process that has it already is no reason
 * not to work.
 */
export async function openPage(
  config: Pick<Config, "listen" | "token">,
  tell: Tell,
): Promise<LiveServer | undefined> {
  try {
    return await LiveServer.open(config, { tell });
  } catch (error) {
    if (config.listen !== undefined) throw error;
    tell(`Going on without the page: ${failureText(error)}; --listen HOST:PORT gives it another address`);
  }
}
