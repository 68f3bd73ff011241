import { assert, assertEquals } from "@std/assert/mod.js";
import { ScratchFolder } from "../cli/scratch_folder.ts";
import { awsEnvironment } from "../fakes/aws_environment.ts";
import { FakeS3 } from "../fakes/s3.ts";
import { root } from "./doc_pages.ts";

/** The permissions that S3 asks for an operation: https://docs.aws.amazon.com/AmazonS3/latest/API/. */
const permissions: Readonly<Record<string, string>> = {
  ListObjectsV2: "s3:ListBucket",
  GetObject: "s3:GetObject",
  HeadObject: "s3:GetObject",
  PutObject: "s3:PutObject",
  CreateMultipartUpload: "s3:PutObject",
  UploadPart: "s3:PutObject",
  CompleteMultipartUpload: "s3:PutObject",
  AbortMultipartUpload: "s3:AbortMultipartUpload",
  DeleteObject: "s3:DeleteObject",
  ListMultipartUploads: "s3:ListBucketMultipartUploads",
};

Deno.test("docs/guides/s3.md lists the permissions that commands need", async () => {
  await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  using _aws = awsEnvironment(s3.environment);
  await using folder = await ScratchFolder.create();
  const source = new TextEncoder().encode('{"company":"a","title":"b"}\nno json\n');
  s3.put("raw", "in/a.jsonl", source);
  folder.write("terms.csv", "TermId,Term\n1,a\n");
  const page = await Deno.readTextFile(new URL("docs/guides/s3.md", root));
  const table = [...page.matchAll(/^\| (`.+?`) +\| (.+?) +\| (.+?) +\|$/gm)];
  const own = ["--cache", "sqlite:@cache.db", "--ledger", "@ledger.db"];
  const places = ["--from", "s3://raw/in/", "--to", "s3://mod/in/"];
  const run = ["run", ...places, "--model", "reference:", ...own, "--allow-rejects", "--quiet"];
  const used: Record<string, { source: Set<string>; sink: Set<string> }> = {};
  const use = async (command: string, args: readonly string[]) => {
    const before = s3.requests.length;
    const { status, stderr } = await folder.sluice(args);
    assertEquals(status, 0, `${args.join(" ")}: ${stderr}`);
    const seen = used[command] ??= { source: new Set(), sink: new Set() };
    for (const { bucket, operation } of s3.requests.slice(before)) {
      (bucket === "raw" ? seen.source : seen.sink).add(permissions[operation]!);
    }
  };
  await use("run", run);
  // A new object without rejects has the old one's removed.
  s3.put("raw", "in/a.jsonl", '{"company":"a","title":"b"}\n');
  await use("run", run);
  await use("check", ["check", ...places, "--model", "reference:", ...own, "--probe"]);
  await use("estimate", ["estimate", ...places, ...own, "--quiet"]);
  await use("warm", [
    "warm",
    "--from",
    "s3://raw/in/",
    "--model",
    "reference:",
    "--cache",
    "sqlite:@cache.db",
    "--quiet",
  ]);
  const before = s3.requests.length;
  await use("report", ["report", "--from", "s3://mod/in/", "--by", "company"]);
  assert(s3.requests.slice(before).every(({ bucket }) => bucket === "mod"));
  used.report = { source: used.report!.sink, sink: new Set() };
  await use("sample", [
    "sample",
    "--to",
    "s3://mod/sample/",
    "--records",
    "10",
    "--per-object",
    "10",
    "--pairs",
    "2",
  ]);
  for (const [command, seen] of Object.entries(used)) {
    const [, , sourceCell = "", sinkCell = ""] = table.find(([, names]) =>
      names!.includes(`\`${command}\``)
    ) ?? [];
    const undocumented = [
      ...[...seen.source].filter((permission) => !sourceCell.includes(permission)),
      ...[...seen.sink].filter((permission) => !sinkCell.includes(permission)),
    ];
    assertEquals(undocumented, [], command);
  }
  // A policy is as narrow as can be: what run never asks for does not stand there.
  const run_ = used.run!;
  const policy = new Set(
    Array.from(page.split("```json")[1]!.split("```")[0]!.matchAll(/s3:\w+/g), ([name]) => name),
  );
  const needed = new Set([...run_.source, ...run_.sink, "s3:AbortMultipartUpload"]);
  assertEquals([...policy].sort(), [...needed].sort());
});
