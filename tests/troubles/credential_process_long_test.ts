import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { FakeS3 } from "../fakes/s3.ts";
import { sluice } from "../story/sluice_process.ts";

// A process of its own: the test's may start programs.
Deno.test("check says that it may not start a profile's credential_process, and what to do", async () => {
  await using s3 = await FakeS3.start({ buckets: ["raw", "mod"] });
  const folder = await Deno.makeTempDir({ prefix: "sluice-credentials-" });
  try {
    const config = `${folder}/config`;
    await Deno.writeTextFile(
      config,
      `[profile proc]\ncredential_process = /bin/echo '{"Version":1,"AccessKeyId":"P","SecretAccessKey":"hunter2"}'\n`,
    );
    const { AWS_ENDPOINT_URL_S3, AWS_REGION } = s3.environment;
    const { status, stdout, stderr } = await sluice(
      [
        ["check", "--from", "s3://raw/in/", "--to", "s3://mod/x/"],
        ["--model", "reference:", "--cache", "none:", "--ledger", `${folder}/l.db`],
      ].flat(),
      {
        env: {
          ...{ AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_CONFIG_FILE: config, AWS_PROFILE: "proc" },
          ...{ AWS_SHARED_CREDENTIALS_FILE: "/dev/null", AWS_EC2_METADATA_DISABLED: "true" },
          ...{ AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" },
        },
      },
    );
    assertEquals(status, 1);
    assertStringIncludes(
      stdout + stderr,
      "the profile proc has credential_process, which Sluice may not start: set the variables that " +
        "aws configure export-credentials --profile proc --format env prints",
    );
    assert(!(stdout + stderr).includes("hunter2"));
    assertEquals(s3.requests, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
