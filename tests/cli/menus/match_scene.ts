import { DatabaseSync } from "node:sqlite";
import type { Io } from "../../../lib/cli/io.ts";
import { program } from "../../../lib/cli/program.ts";
import { PostgresServer } from "../../fakes/postgres_server.ts";

export interface CallOptions {
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export async function call(args: string[], { env = {}, signal }: CallOptions = {}) {
  let stdout = "", stderr = "";
  const io: Io = {
    stdout: (text) => stdout += text,
    stderr: (text) => stderr += text,
    stdin: ReadableStream.from([]),
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    signal: signal ?? new AbortController().signal,
  };
  const status = await program(["match", ...args], io, { env });
  return { status, stdout, stderr };
}

export const terms = '\ufeffTermId,Term\n1,Coca-Cola\n2,Bollinger\n3,Jägermeister\n4,"Ron, Abuelo"\n';

/** Rows of menus with quotes and newlines, on wish with bad ones on lines 5 and 6; every third holds no term. */
export function menusCsv(rows: number, { hasBadRows = false } = {}): string {
  const names = ["Rum & Cocacola", 'Bollinger ""brut""', "Jägermeister\nshot", "Water", "House wine", "Soup"];
  const lines = Array.from({ length: rows }, (_, i) => {
    if (hasBadRows && i === 1) return "7,too few";
    if (hasBadRows && i === 2) return ',"no id",x';
    return `${1_000 + i % 7},"${names[i % names.length]}",${i % 5 === 0 ? '"with\n\nBolinger"' : "plain"}`;
  });
  return `MenuId,ProductName,ProductDescription\n${lines.join("\n")}\n`;
}

/** A folder with `menus.csv` and `terms.csv`. */
export async function inFolder(work: (folder: string) => Promise<void>, rows = 60): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/menus.csv`, menusCsv(rows));
    await Deno.writeTextFile(`${folder}/terms.csv`, terms);
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export function flags(folder: string, changes: Record<string, string> = {}): string[] {
  const ordinary = { from: `${folder}/menus.csv`, terms: `${folder}/terms.csv`, to: `${folder}/out.csv` };
  return Object.entries({ ...ordinary, ...changes }).flatMap(([name, value]) => [`--${name}`, value]);
}

export function sqlite(path: string, sql: string): Record<string, string>[] {
  const database = new DatabaseSync(path);
  try {
    return database.prepare(sql).all().map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]))
    );
  } finally {
    database.close();
  }
}

export const server = await PostgresServer.start();
if (typeof server !== "string") globalThis.addEventListener("unload", () => server.killNow());
