import { reasonOf } from "../../errors/sluice_error.ts";
import type { Config } from "../settings/sections.ts";
import type { Tell } from "../../text/tell.ts";
import { LiveServer } from "./live_server.ts";

/**
 * The page of a command that keeps running. If the address is the default and another process uses it, the command works
 * without the page.
 */
export async function openPage(
  config: Pick<Config["service"], "listen" | "token">,
  tell: Tell,
): Promise<LiveServer | undefined> {
  try {
    return await LiveServer.open(config, { tell });
  } catch (error) {
    if (config.listen !== undefined) throw error;
    tell(`Continuing without the page: ${reasonOf(error)}; --listen HOST:PORT gives it another address`);
  }
}
