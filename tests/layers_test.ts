import { assertEquals } from "@std/assert/mod.js";

/**
 * The floors of lib/, from the ground up. A file may import from its own floor and from those below it. A path with
 * more segments wins over one with fewer: `records/batch.ts` stands lower than the rest of `records/`.
 */
const layers: readonly (readonly string[])[] = [
  // What everything may stand on; it knows nothing of Sluice.
  ["errors", "std"],
  ["text", "retry", "sqlite"],
  // The mechanism of settings, and what opens connections.
  ["settings"],
  ["tls", "proxies"],
  ["aws", "redis"],
  // What a question is, what travels, and the seams to the outside.
  [
    "recipe",
    "records/batch.ts",
    "records/field_faults.ts",
    "records/found_fields.ts",
    "records/reject.ts",
    "records/reject_words.ts",
    "records/rejects.ts",
    "records/csv/csv_delimiters.ts",
  ],
  ["models", "caches", "stores"],
  ["answers/key_counts.ts", "telemetry/tracing.ts"],
  // The heart, then the way of a record through it, between two seams.
  ["answers"],
  ["shortcuts", "coordination", "seniority"],
  ["records", "sources/source.ts", "sinks/sink.ts"],
  ["telemetry"],
  ["sources", "sinks"],
  // Units of work, and what is made of records.
  ["jobs"],
  ["watch", "estimate", "warm", "report", "menus"],
  ["queue", "service"],
  ["page"],
  ["cli"],
];

/** Imports that run up, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {};

const lib = new URL("../lib/", import.meta.url);

function* filesUnder(folder: URL, below = ""): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesUnder(new URL(`${name}/`, folder), `${below}${name}/`);
    else yield below + name;
  }
}

const files = [...filesUnder(lib)].filter((name) => /(?<!\.as)\.ts$/.test(name));

/** The files of lib/ that a file imports, types and what is loaded on demand included. */
function importsOf(file: string): string[] {
  const code = Deno.readTextFileSync(new URL(file, lib)).replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, "");
  return [...code.matchAll(/(?:\bfrom|\bimport|\bimport\()\s*"(\.[^"]+\.ts)"/g)]
    .map(([, path]) => new URL(path!, new URL(file, lib)).pathname)
    .filter((path) => path.startsWith(lib.pathname))
    .map((path) => path.slice(lib.pathname.length));
}

const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** The floor that a file stands on: that of the longest path that it lies under. */
function floorOf(file: string): number {
  let best = { length: -1, floor: -1 };
  layers.forEach((paths, floor) => {
    for (const path of paths) {
      if ((file === path || file.startsWith(`${path}/`)) && path.length > best.length) {
        best = { length: path.length, floor };
      }
    }
  });
  return best.floor;
}

Deno.test("lib/ holds folders and nothing else, and each has a floor", () => {
  assertEquals(files.filter((file) => !file.includes("/")), []);
  assertEquals(files.filter((file) => floorOf(file) < 0), []);
  const folders = new Set(files.map((file) => file.slice(0, file.indexOf("/"))));
  const named = layers.flat().filter((path) => !path.includes("/"));
  assertEquals(named.filter((name) => !folders.has(name)), [], "these floors have no room");
});

Deno.test("no import of lib/ runs back up", () => {
  const up = [...imports].flatMap(([file, targets]) =>
    targets.filter((target) => floorOf(target) > floorOf(file)).map((target) => `${file} -> ${target}`)
  );
  assertEquals(up.filter((arrow) => !(arrow in exceptions)), []);
  assertEquals(Object.keys(exceptions).filter((arrow) => !up.includes(arrow)), [], "these are gone");
});

Deno.test("no files of lib/ import each other in a circle", () => {
  const state = new Map<string, "open" | "done">();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === "done") return;
    if (state.get(file) === "open") {
      circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      return;
    }
    state.set(file, "open");
    for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
    state.set(file, "done");
  };
  for (const file of files) visit(file, []);
  assertEquals(circles, []);
});
