import { amount, text, toggle, whole } from "../../settings/setting.ts";
import { sections } from "../settings/sections.ts";

const { destination, service } = sections;

export const sampleFlags = {
  to: {
    ...destination.url,
    help:
      "Where the postings are written: s3://BUCKET/PREFIX/, a path, file:PATH; earlier samples are replaced",
    required: "where the postings are written, one of s3://BUCKET/PREFIX/, a path, file:PATH; " +
      "not postgres://USER@HOST:PORT/DATABASE",
  },
  overwrite: {
    ...destination.overwrite,
    help: "Also replace files of the samples' names that are no samples",
  },
  records: whole({ help: "Records in all", min: 1, max: 1e12, default: 200_000 }),
  perObject: whole({
    help: "Records per object; the last one gets the rest",
    min: 1,
    max: 1e12,
    default: 20_000,
  }),
  pairs: whole({
    help: "Distinct pairs of company and title, at most as many as records",
    min: 1,
    max: 1e9,
    defaultText: "17000, or the number of records",
  }),
  seed: whole({ help: "The same seed gives the same bytes", min: 0, max: 2 ** 31 - 1, default: 1 }),
};

export const referenceModelFlags = {
  listen: text({
    help: "Address to listen on; port 0 takes a free one",
    placeholder: "HOST:PORT",
    default: "127.0.0.1:50051",
  }),
  callsPerSecond: amount({
    help: "Calls answered per second; further ones wait",
    min: 0.001,
    max: 100_000,
    defaultText: "unlimited",
  }),
  maxBatch: whole({ help: "Questions that a call may hold", min: 1, max: 1e6, default: 1000 }),
};

export const demoFlags = {
  page: toggle({ help: "Serve the live page at --listen, and keep serving it when the demo is over" }),
  listen: service.listen,
  pricePer1000: { ...service.pricePer1000, default: 1 },
};
