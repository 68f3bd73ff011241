import { assert, assertEquals, assertStringIncludes } from "@std/assert/mod.js";
import { Ajv2020, type AnySchema } from "ajv/dist/2020.js";
import { openApi } from "../../lib/service/openapi.ts";
import { FakeModel } from "../fakes/model.ts";
import { line, OpenBody, Serving } from "./serving.ts";

interface Operation {
  readonly operationId: string;
  readonly responses: Record<string, { description: string; content: Record<string, { schema: AnySchema }> }>;
}

const paths = openApi.paths as unknown as Record<string, Record<string, Operation>>;
const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const operations = Object.entries(paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation }))
);

/** A schema with the document's references. */
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ $id: "doc", components: openApi.components });

function conforms(schema: AnySchema, value: unknown): string | undefined {
  const local = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"doc#/'));
  const validate = ajv.compile(local);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

Deno.test("openApi is OpenAPI 3.1", () => {
  const document = {
    type: "object",
    required: ["openapi", "info", "paths"],
    additionalProperties: false,
    properties: {
      openapi: { pattern: "^3\\.1\\.\\d+$" },
      info: {
        required: ["title", "version"],
        properties: {
          title: { type: "string" },
          version: { type: "string" },
          description: { type: "string" },
          license: {
            required: ["name"],
            properties: { name: { type: "string" }, identifier: { type: "string" } },
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
      servers: { items: { required: ["url"], properties: { url: { type: "string" } } } },
      security: { items: { type: "object", additionalProperties: { items: { type: "string" } } } },
      paths: {
        type: "object",
        propertyNames: { pattern: "^/" },
        additionalProperties: {
          propertyNames: { enum: methods },
          additionalProperties: { $ref: "#/$defs/operation" },
        },
      },
      components: {
        properties: { schemas: { type: "object" }, securitySchemes: { type: "object" } },
        additionalProperties: false,
      },
    },
    $defs: {
      content: {
        type: "object",
        minProperties: 1,
        propertyNames: { pattern: "^[a-z]+/[a-z0-9.+-]+$" },
        additionalProperties: {
          type: "object",
          required: ["schema"],
          properties: { schema: { type: ["object", "boolean"] } },
          additionalProperties: false,
        },
      },
      operation: {
        required: ["operationId", "responses"],
        additionalProperties: false,
        properties: {
          operationId: { type: "string" },
          summary: { type: "string" },
          description: { type: "string" },
          security: { type: "array" },
          parameters: {
            items: {
              required: ["name", "in", "schema"],
              properties: { in: { enum: ["query", "header", "path", "cookie"] } },
            },
          },
          requestBody: {
            required: ["content"],
            properties: { required: { type: "boolean" }, content: { $ref: "#/$defs/content" } },
            additionalProperties: false,
          },
          responses: {
            minProperties: 1,
            propertyNames: { pattern: "^(?:[1-5](?:\\d\\d|XX)|default)$" },
            additionalProperties: {
              required: ["description"],
              properties: { description: { type: "string" }, content: { $ref: "#/$defs/content" } },
              additionalProperties: false,
            },
          },
        },
      },
    },
  };
  const validate = new Ajv2020({ strict: false }).compile(document);
  assert(validate(JSON.parse(JSON.stringify(openApi))), JSON.stringify(validate.errors));
  const ids = operations.map(({ operation }) => operation.operationId);
  assertEquals(ids, [...new Set(ids)]);
  for (const schema of Object.values(openApi.components.schemas)) assert(ajv.validateSchema(schema));
  for (const [, name] of JSON.stringify(openApi).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
    assert(name! in openApi.components.schemas, name);
  }
});

Deno.test("openApi describes the routes that serve has, and no others", () => {
  const source = ["cli/serve/serve.ts", "cli/serve/open_menu_service.ts", "page/live_page.ts"].map((file) =>
    Deno.readTextFileSync(new URL(`../../lib/${file}`, import.meta.url))
  ).join("");
  const served = [...source.matchAll(/"([A-Z]+ \/\S*)":/g)].map(([, route]) => route!);
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
  assertEquals(described.toSorted(), served.toSorted());
});

Deno.test("openApi declares each answer of serve, with its content type and schema", async () => {
  await using model = await FakeModel.start({
    fail: ({ questions }) => {
      const has = (title: string) => questions.some((question) => question.title === title);
      return has("never") ? "hang" : has("bad") ? { code: "PERMISSION_DENIED" } : undefined;
    },
    fault: ({ questions }) => questions.some(({ title }) => title === "lost") ? () => [] : undefined,
  });
  const settings = { "request-timeout": "1s", grace: "0s", "max-requests": "1", "max-body-bytes": "5000" };
  await using serving = await Serving.start({ model: model.url, flags: settings });
  await using guarded = await Serving.start({ env: { SLUICE_TOKEN: "t" } });
  await using limited = await Serving.start({ flags: { "max-questions": "0" } });
  const keys = (title: string) => [{ company: "Acme", title }];
  const records = line("a") + "no json\n";
  const busy = async (asked: () => Promise<Response>) => {
    const body = new OpenBody();
    body.send(line("a"));
    const first = await serving.records(body.stream);
    const second = await asked();
    body.close();
    await first.body?.cancel();
    while ((await serving.metric("sluice_work_in_progress"))[""] !== 0);
    return second;
  };
  const foreign = { headers: { "sec-fetch-site": "cross-site" } };
  const provoked: [path: string, status: number, asked: () => Promise<Response>][] = [
    ["/v1/answers", 200, () => serving.answers(keys("a"))],
    ["/v1/answers", 400, () => serving.answers(7)],
    ["/v1/answers", 401, () => guarded.answers(keys("a"))],
    ["/v1/answers", 403, () => serving.answers(keys("a"), foreign)],
    ["/v1/answers", 413, () => serving.answers(keys("x".repeat(9e6)))],
    ["/v1/answers", 415, () => serving.answers([], { headers: { "content-type": "text/plain" } })],
    ["/v1/answers", 429, () => limited.answers(keys("a"))],
    ["/v1/answers", 502, () => serving.answers(keys("lost"))],
    ["/v1/answers", 503, () => busy(() => serving.answers(keys("a")))],
    ["/v1/answers", 504, () => serving.answers(keys("never"))],
    ["/v1/records", 200, () => serving.records(records)],
    ["/v1/records", 200, () => serving.records(records, { type: "application/jsonl" })],
    ["/v1/records", 200, () => serving.records("company,title\n", { type: "text/csv" })],
    ["/v1/records", 400, () => serving.records("", { path: "?trailer=x" })],
    ["/v1/records", 401, () => guarded.records("")],
    ["/v1/records", 403, () => serving.records("", foreign)],
    ["/v1/records", 413, () => serving.records("x".repeat(5_001))],
    ["/v1/records", 415, () => serving.records("", { type: "text/plain" })],
    ["/v1/records", 429, () => limited.records(records)],
    ["/v1/records", 502, () => serving.records(line("lost"))],
    ["/v1/records", 503, () => busy(() => serving.records(records))],
    ["/v1/records", 504, () => serving.records(line("never"))],
    ["/metrics", 200, () => serving.fetch("/metrics")],
    ["/metrics", 401, () => guarded.fetch("/metrics")],
    ["/metrics", 403, () => serving.fetch("/metrics", foreign)],
    ["/v1/live", 200, () => serving.fetch("/v1/live")],
    ["/v1/live", 401, () => guarded.fetch("/v1/live")],
    ["/healthz", 200, () => serving.fetch("/healthz")],
    ["/readyz", 200, () => serving.fetch("/readyz")],
    ["/v1/openapi.json", 200, () => serving.fetch("/v1/openapi.json")],
    // Fails for good: nothing is asked afterwards.
    ["/v1/records", 503, () => serving.records(line("bad"))],
  ];
  for (const [path, status, asked] of provoked) {
    const response = await asked();
    const type = response.headers.get("content-type")!.split(";")[0]!;
    const what = `${path} ${response.status} ${type}`;
    assertEquals(response.status, status, what);
    const [operation] = Object.values(paths[path]!);
    const declared = operation!.responses[status]?.content[type];
    assert(declared !== undefined, `${what} is not declared`);
    if (path === "/v1/live" && status === 200) {
      await response.body!.cancel();
      continue;
    }
    const body = await response.text();
    assertEquals(
      conforms(declared.schema, type.endsWith("json") && !/ndjson$/.test(type) ? JSON.parse(body) : body),
      undefined,
      what,
    );
    if (path === "/v1/records" && status === 200) {
      const trailer = JSON.parse(body.trimEnd().split("\n").at(-1)!.replace(/^#/, ""));
      assertEquals(conforms({ $ref: "#/components/schemas/Trailer" }, trailer), undefined, body);
    }
  }
  const described = await (await serving.fetch("/v1/openapi.json")).json();
  assertEquals(described, JSON.parse(JSON.stringify(openApi)));
  assertStringIncludes(described.info.title, "Sluice");
});
