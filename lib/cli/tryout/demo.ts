import { join } from "node:path";
import type { LivePage } from "../../page/live_page.ts";
import { startReferenceServer } from "../../seniority/reference_server.ts";
import { resolveSettings } from "../../settings/resolve_settings.ts";
import type { Values } from "../../settings/setting.ts";
import type { Summary } from "../../jobs/summary.ts";
import { count, duration } from "../../text/format.ts";
import { runSections } from "../run/run_commands.ts";
import type { demoFlags } from "./tryout_settings.ts";
import { exitStatus } from "../exit_status.ts";
import type { Io } from "../io.ts";
import { print } from "../print.ts";
import { runToSummary } from "../run/run.ts";
import { sample } from "./sample.ts";

const records = 200_000;
const objects = 10;
const pairs = 17_000;
const seed = 1;
const callsPerSecond = 1;

/**
 * The main job on embedded parts, in a folder of its own that is removed again: generated postings, the reference
 * model as a gRPC server held to one call a second, a SQLite cache; first cold, then with the warm cache. Resolves to
 * the exit status. With the page, it ends when it is stopped.
 */
export async function demo(options: Values<typeof demoFlags>, io: Io): Promise<number> {
  if (!options.page) return await play(io);
  const { LiveServer } = await import("../serve/live_server.ts");
  await using server = await LiveServer.open({ listen: options.listen, token: undefined }, {
    tell: (message) => io.stderr(`${message}\n`),
  });
  io.stderr(`The page: ${server.url}\n\n`);
  const status = await play(io, { live: server.page, pricePer1000: options.pricePer1000 });
  if (status !== exitStatus.done || io.signal.aborted) return status;
  io.stderr(`\nThe page stays at ${server.url}; press Ctrl-C to end it\n`);
  await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
  return status;
}

interface Shown {
  readonly live: LivePage;
  readonly pricePer1000: number;
}

async function play(io: Io, shown?: Shown): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-demo-" });
  const server = await startReferenceServer({ listen: "127.0.0.1:0", callsPerSecond, maxBatch: 1_000 });
  try {
    const raw = join(folder, "raw");
    await sample({ to: raw, overwrite: false, records, perObject: records / objects, pairs, seed }, io);
    io.stderr(
      `Serving the reference model on ${server.url}, one call of 1,000 questions per second\n`,
    );
    const runs: [string, Summary][] = [];
    for (const name of ["cold", "warm"]) {
      io.stderr(
        `\n${name === "cold" ? "Cold: nothing is cached yet" : "Warm: the same objects into a new folder"}\n`,
      );
      const config = resolveSettings(runSections, {
        flags: {
          from: raw,
          to: join(folder, name),
          cache: `sqlite:${join(folder, "cache.db")}`,
          model: `${server.url}`,
          modelCallsPerSecond: String(callsPerSecond),
          pricePer1000: shown && String(shown.pricePer1000),
        },
      });
      const { status, summary } = await runToSummary(config, io, shown?.live);
      if (status !== exitStatus.done) return status;
      runs.push([name, summary]);
    }
    print(io, `\n${comparison(runs)}`);
    return exitStatus.done;
  } finally {
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** The runs side by side. */
function comparison(runs: readonly (readonly [string, Summary])[]): string {
  const rows: [string, (summary: Summary) => string][] = [
    ["records", ({ records }) => count(records.out)],
    ["distinct pairs", ({ keys }) => count(keys.hits + keys.asked)],
    ["calls made", ({ model }) => count(model.calls)],
    ["calls a per-line client makes", ({ records }) => count(records.out)],
    ["time", ({ seconds }) => duration(seconds)],
    ["lines per second", ({ records, seconds }) => count(records.in / seconds)],
  ];
  const line = (title: string, cells: string[]) =>
    `${title.padEnd(30)}${cells.map((cell) => cell.padStart(14)).join("")}\n`;
  return line("", runs.map(([name]) => name)) +
    rows.map(([title, figure]) => line(title, runs.map(([, summary]) => figure(summary)))).join("");
}
