import { assertEquals } from "@std/assert/mod.js";
import type { DocShell } from "./doc_shell.ts";
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

/** Holds the table and the policy of docs/guides/s3.md against what commands ask of S3. */
export async function assertPermissions(shell: DocShell): Promise<void> {
  const { s3 } = shell;
  const page = await Deno.readTextFile(new URL("docs/guides/s3.md", root));
  const table = [...page.matchAll(/^\| (`.+?`) +\| (.+?) +\| (.+?) +\|$/gm)];
  const places = "--from s3://raw/in/ --to s3://mod/in/";
  const run = `sluice run ${places} --model reference: --allow-rejects --quiet`;
  const used: Record<string, { source: Set<string>; sink: Set<string> }> = {};
  const use = async (command: string, line: string, source = "raw") => {
    const before = s3.requests.length;
    const { said, status } = await shell.run(line);
    assertEquals(status, 0, `${line}: ${said}`);
    const seen = used[command] ??= { source: new Set(), sink: new Set() };
    for (const { bucket, operation } of s3.requests.slice(before)) {
      (bucket === source ? seen.source : seen.sink).add(permissions[operation]!);
    }
  };
  await shell.beginPage("permissions", { isEmpty: true });
  s3.put("raw", "in/a.jsonl", '{"company":"a","title":"b"}\nno json\n');
  await use("run", run);
  // A new object without rejects has the old one's removed.
  s3.put("raw", "in/a.jsonl", '{"company":"a","title":"b"}\n');
  await use("run", run);
  await use("check", `sluice check ${places} --model reference: --probe`);
  await use("estimate", `sluice estimate ${places} --quiet`);
  await use("warm", "sluice warm --from s3://raw/in/ --model reference: --quiet");
  await use("report", "sluice report --from s3://mod/in/ --by company", "mod");
  await use("sample", "sluice sample --to s3://mod/sample/ --records 10 --per-object 10 --pairs 2");
  for (const [command, seen] of Object.entries(used)) {
    const [, , source = "", sink = ""] = table.find(([, names]) => names!.includes(`\`${command}\``)) ?? [];
    const undocumented = [
      ...[...seen.source].filter((permission) => !source.includes(permission)),
      ...[...seen.sink].filter((permission) => !sink.includes(permission)),
    ];
    assertEquals(undocumented, [], command);
  }
  // The policy is as narrow as it can be; uploads are aborted only when one fails.
  const policy = new Set(page.split("```json")[1]!.split("```")[0]!.match(/s3:\w+/g));
  assertEquals(
    [...policy].sort(),
    [
      ...new Set([...used.run!.source, ...used.run!.sink, "s3:AbortMultipartUpload"]),
    ].sort(),
  );
}
