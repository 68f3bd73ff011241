import { httpSettings } from "../../service/http_settings.ts";
import { type Settings, toggle } from "../../settings/setting.ts";

/** What the demo is told. */
export const demoSettings = {
  page: toggle({ help: "Serve the live page at --listen, and go on with that when the demo is over" }),
  listen: httpSettings.listen,
  pricePer1000: { ...httpSettings.pricePer1000, default: 1 },
} satisfies Settings;
