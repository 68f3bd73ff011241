/**
 * Compiles `lib/records/scan/scan_lines.as.ts` into `lib/records/scan/scan_lines.wasm.ts`. With `--check`, says instead whether that
 * is what the source makes. The compiler comes from npm and is pinned here: another one may make other bytes.
 */
import asc from "npm:assemblyscript@0.28.20/asc";

const source = new URL("../../lib/records/scan/scan_lines.as.ts", import.meta.url);
const target = new URL("../../lib/records/scan/scan_lines.wasm.ts", import.meta.url);

export async function compileScanner(): Promise<string> {
  const text = await Deno.readTextFile(source);
  let wasm = new Uint8Array(0);
  const { error, stderr } = await asc.main(
    [
      ..."scan_lines.as.ts -o scan_lines.wasm -O3 --noAssert --runtime stub".split(" "),
      ..."--enable simd,bulk-memory --use abort=".split(" "),
    ],
    {
      readFile: (name: string) => name === "scan_lines.as.ts" ? text : null,
      writeFile: (name: string, bytes: Uint8Array) => {
        if (name.endsWith(".wasm")) wasm = new Uint8Array(bytes);
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`Cannot compile ${source.pathname}: ${error.message}\n${stderr.toString()}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return `/** Made by \`deno task scanner\` from scan_lines.as.ts, whose SHA-256 is below. */\n` +
    `export const sourceHash = "${hash.toHex()}";\n` +
    `// deno-fmt-ignore\nexport const scanLinesWasm =\n  "${
      wasm.toBase64().replace(/.{100}(?=.)/g, `$&" +\n  "`)
    }";\n`;
}

if (import.meta.main) {
  const made = await compileScanner();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(target, made);
  else if (await Deno.readTextFile(target) !== made) {
    console.error("scan_lines.wasm.ts is not what scan_lines.as.ts makes: run `deno task scanner`");
    Deno.exit(1);
  }
}
