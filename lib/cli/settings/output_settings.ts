import { type Settings, toggle } from "../../settings/setting.ts";

/** What a run says. */
export const outputSettings = {
  json: toggle({ help: "One JSON object with the run's figures as the last line of standard output" }),
  profile: toggle({
    help: "Say at the end where the time went, by stage; the run takes about an eighth longer for it",
  }),
  page: toggle({ help: "Serve the live page at --listen while the run goes on" }),
  quiet: toggle({ help: "No progress" }),
  allowRejects: toggle({ help: "Exit with 0 even if records were rejected" }),
} satisfies Settings;
