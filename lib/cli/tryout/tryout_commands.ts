import { command } from "../command.ts";
import { demoFlags, referenceModelFlags, sampleFlags } from "./tryout_settings.ts";

export const sampleCommand = command({
  name: "sample",
  describe: "Generates realistic sample postings, in objects named after Unix times.",
  flags: sampleFlags,
  examples: `Example:
  sluice sample --to postings --records 200000 --per-object 20000 --pairs 17000 --seed 7`,
  run: async ({ flags }, io) => (await import("./sample.ts")).sample(flags, io),
});

export const referenceModelCommand = command({
  name: "reference-model",
  describe: "Serves a model that classifies by word lists, over gRPC, until it is stopped.",
  flags: referenceModelFlags,
  examples: `Example:
  sluice reference-model --listen 127.0.0.1:50051 --calls-per-second 1`,
  endsByStop: true,
  run: async ({ flags }, io) => (await import("./reference_model.ts")).referenceModel(flags, io),
});

export const demoCommand = command({
  name: "demo",
  describe:
    "Shows the main job on embedded parts: 200,000 generated postings, cold and warm. Takes half a minute.",
  flags: demoFlags,
  examples: `Example:
  sluice demo --page`,
  run: async ({ flags }, io) => (await import("./demo.ts")).demo(flags, io),
});
