import { assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Scene } from "../errors/scene.ts";
import { CredentialServer } from "../fakes/credential_server.ts";
import { FakeSqs } from "../fakes/sqs.ts";

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };

const profiles = (token: string) => `
[profile base]
aws_access_key_id = BASE
aws_secret_access_key = s
[profile role]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = base
[profile machine]
role_arn = arn:aws:iam::123456789012:role/r
credential_source = Ec2InstanceMetadata
[profile web]
role_arn = arn:aws:iam::123456789012:role/r
web_identity_token_file = ${token}
[profile mfa]
role_arn = arn:aws:iam::123456789012:role/r
source_profile = base
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile bare]
region = eu-west-1
`;

/** An S3, and what hands out credentials; the variables name no credentials. */
async function withoutCredentials(scene: Scene) {
  const s3 = await scene.s3();
  const server = scene.use(await CredentialServer.start());
  const { AWS_ENDPOINT_URL_S3, AWS_REGION } = s3.environment;
  const token = scene.write("token", "token");
  const environment = {
    ...{ AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_ENDPOINT_URL_STS: server.url },
    AWS_CONFIG_FILE: scene.write("config", profiles(token)),
  };
  return { s3, server, environment, token };
}

for (
  const [source, variables, accessKey, request] of [
    ["the environment", { AWS_ACCESS_KEY_ID: "ENV", AWS_SECRET_ACCESS_KEY: "s" }, "ENV", undefined],
    ["a profile's keys", { AWS_PROFILE: "base" }, "BASE", undefined],
    ["a role of another profile", { AWS_PROFILE: "role" }, "STS", "AssumeRole"],
    ["a web identity", { AWS_PROFILE: "web" }, "STS", "AssumeRoleWithWebIdentity"],
    [
      "a container",
      { AWS_CONTAINER_CREDENTIALS_FULL_URI: "<SERVER>/container" },
      "CONTAINER",
      "GET /container",
    ],
    [
      "the machine's role",
      { AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: "<SERVER>" },
      "MACHINE",
      "PUT /latest/api/token",
    ],
  ] as const
) {
  Deno.test(`run takes the credentials of ${source}`, async () => {
    await using scene = await Scene.create();
    const { s3, server, environment } = await withoutCredentials(scene);
    const named = Object.entries(variables).map(([name, value]) =>
      [name, value.replace("<SERVER>", server.url)] as const
    );
    await scene.environment({ ...environment, ...Object.fromEntries(named) });
    assertEquals(await scene.run(stores), { status: 0, text: "" });
    const keys = s3.requests.map(({ headers }) =>
      /Credential=(\w+)/.exec(headers.get("authorization") ?? "")?.[1]
    );
    assertEquals(new Set(keys), new Set([accessKey]));
    // Once for the source and once for the destination.
    assertEquals(server.requests[0], request);
  });
}

Deno.test("check takes the credentials of a role for SQS as well", async () => {
  await using scene = await Scene.create();
  const { environment } = await withoutCredentials(scene);
  const sqs = scene.use(await FakeSqs.start());
  await scene.environment({ ...environment, AWS_PROFILE: "web" });
  const said = await scene.check(stores, "--events", sqs.createQueue("q"));
  assertEquals(said, { status: 0, text: "" });
});

for (
  const [when, variables, expected] of [
    ["there are none", {}, "AWS_ACCESS_KEY_ID is not set; the profile default is not there in "],
    ["a profile is not there", { AWS_PROFILE: "nobody" }, "the profile nobody is not there in "],
    ["a profile holds none", { AWS_PROFILE: "bare" }, "the profile bare holds none in "],
    ["a profile wants a code", { AWS_PROFILE: "mfa" }, "the profile mfa wants a code (mfa_serial)"],
    [
      "a machine has no role",
      { AWS_PROFILE: "machine" },
      "the profile machine (role_arn, credential_source) gave",
    ],
  ] as const
) {
  for (const command of ["run", "check"] as const) {
    Deno.test(`${command} says where it has looked for credentials when ${when}`, async () => {
      await using scene = await Scene.create();
      const { environment, s3 } = await withoutCredentials(scene);
      await scene.environment({ ...environment, ...variables });
      const { status, text } = await scene[command](stores);
      assertEquals(status, 1);
      assertStringIncludes(text, "Cannot list s3://");
      assertStringIncludes(text, expected);
      assertEquals(s3.requests, []);
    });
  }
}
