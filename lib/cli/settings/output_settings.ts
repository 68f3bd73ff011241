import { type Settings, toggle } from "../../settings/setting.ts";

/** What a run prints, and its exit status. */
export const outputSettings = {
  json: toggle({ help: "Print the run's figures as one JSON object, the last line of standard output" }),
  profile: toggle({
    help: "Print at the end how long each stage took; the run takes about an eighth longer",
  }),
  page: toggle({ help: "Serve the live page at --listen during the run" }),
  quiet: toggle({ help: "Print no progress" }),
  allowRejects: toggle({ help: "Exit with 0 even if records were rejected" }),
} satisfies Settings;
