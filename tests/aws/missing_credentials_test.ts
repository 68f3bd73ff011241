import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { missingCredentials } from "../../lib/aws/missing_credentials.ts";

const config = `
[profile proc]
credential_process = /opt/secret-tool --password=hunter2
[profile over]
role_arn = arn:aws:iam::1:role/r
source_profile = proc
[profile mfa]
role_arn = arn:aws:iam::1:role/r
mfa_serial = arn:aws:iam::1:mfa/me
[profile circle]
source_profile = circle
[sso-session my]
sso_region = eu-west-1
[profile machine]
role_arn = arn:aws:iam::1:role/r
credential_source = Ec2InstanceMetadata
[profile bare]
region = eu-west-1
`;

function said(variables: Readonly<Record<string, string>>, mayStart = false): string {
  return missingCredentials({
    variable: (name) => ({ HOME: "/home/me", ...variables })[name],
    read: (path) => path === "/home/me/.aws/config" ? config : undefined,
    mayStart: () => mayStart,
  });
}

Deno.test("missingCredentials() says that credential_process may not be started, and what to do", () => {
  for (const AWS_PROFILE of ["proc", "over"]) {
    const text = said({ AWS_PROFILE });
    assertStringIncludes(
      text,
      "the profile proc has credential_process, which Sluice may not start: set the",
    );
    assertStringIncludes(text, "aws configure export-credentials --profile proc --format env");
    assertEquals(text.includes("hunter2"), false);
  }
  const started = said({ AWS_PROFILE: "proc" }, true);
  assertEquals(started, "the profile proc has credential_process, which gave no credentials");
});

Deno.test("missingCredentials() says that Sluice cannot ask for a code", () => {
  assertStringIncludes(said({ AWS_PROFILE: "mfa" }), "the profile mfa wants a code (mfa_serial)");
});

Deno.test("missingCredentials() says what a profile takes its credentials from", () => {
  assertEquals(
    said({ AWS_PROFILE: "machine" }),
    "the profile machine (role_arn, credential_source) gave no credentials",
  );
});

Deno.test("missingCredentials() lists where it was looked", () => {
  assertEquals(
    said({}),
    "AWS_ACCESS_KEY_ID is not set; " +
      "the profile default is not there in /home/me/.aws/config and /home/me/.aws/credentials; " +
      "AWS_WEB_IDENTITY_TOKEN_FILE is not set; AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set; " +
      "the machine has no role, or its metadata cannot be reached",
  );
  assertStringIncludes(said({ AWS_PROFILE: "bare" }), "the profile bare holds none in ");
  assertStringIncludes(said({ AWS_PROFILE: "circle" }), "the profile circle holds none in ");
  const half = said({ AWS_ACCESS_KEY_ID: "a", AWS_EC2_METADATA_DISABLED: "true" });
  assertStringIncludes(half, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
  assertStringIncludes(half, "the machine's role is switched off by AWS_EC2_METADATA_DISABLED");
});
