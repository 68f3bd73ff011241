import { processIo } from "./lib/cli/process_io.ts";
import { program } from "./lib/cli/program.ts";

if (import.meta.main) Deno.exit(await program(Deno.args, processIo()));
