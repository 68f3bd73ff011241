import manifest from "../../deno.json" with { type: "json" };
import { levelRange } from "../seniority/level_range.ts";
import { maxAnswersBodyBytes, maxKeys } from "./answers_route.ts";
import type { Route } from "./http_server.ts";
import { gzipTypes, lineTypes } from "./records_route.ts";

const json = (schema: unknown) => ({ "application/json": { schema } });
const text = { "text/plain": { schema: { type: "string" } } };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: ref("Problem") } },
});
const whole = (description: string) => ({ type: "integer", minimum: 0, description });

/** The content types of JSON lines. */
const lineContents = Object.fromEntries(lineTypes.map((type) => [type, { schema: { type: "string" } }]));
const gzipContents = Object.fromEntries(
  gzipTypes.map((type) => [type, { schema: { type: "string", contentMediaType: type } }]),
);
const csvContents = { "text/csv": { schema: { type: "string" } } };

const problems = {
  "400": problem("The header Host has no host"),
  "401": problem("The token is missing or another one"),
  "403": problem("Without a token, only programs and pages of the server's own machine may ask"),
};
const workProblems = {
  ...problems,
  "400": problem("The body or a parameter cannot be used; says why"),
  "408": problem("The body came too slowly"),
  "413": problem("The body is too large"),
  "415": problem("The body has another content type"),
  "429": problem("The process has asked as many questions as it may"),
  "500": problem("A fault of the server; its log has more"),
  "502": problem("The model gave no answer that counts"),
  "503": problem("Too many requests are under way, the model is down, or the server is being stopped"),
  "504": problem("The request took longer than it may"),
};

/** What `serve` offers, as OpenAPI 3.1 has it, https://spec.openapis.org/oas/v3.1.1.html */
export const openApi = {
  openapi: "3.1.1",
  info: {
    title: "Sluice",
    version: manifest.version,
    license: { name: manifest.license, identifier: manifest.license },
    description:
      "Puts a model's answer on every record of a stream, and asks the model about each distinct question once.",
  },
  servers: [{ url: "/" }],
  security: [{ token: [] }, {}],
  paths: {
    "/v1/records": {
      post: {
        operationId: "answerRecords",
        summary: "Records in, the same with their answers out",
        description:
          "JSON lines, CSV with a header row, or gzip with JSON lines in it. Each line comes back with the answer spliced in, every " +
          "other byte as it was, in order, as soon as it is answered: before the last has gone in. Reads no further " +
          "than the answers are taken. The last line counts the records and names those that were set aside; behind CSV it begins with #. What " +
          "fails before the first line has a status of its own; later the connection is broken off.",
        parameters: [{
          name: "trailer",
          in: "query",
          description: "none: leaves the last line out",
          schema: { type: "string", enum: ["none"] },
        }],
        requestBody: {
          required: true,
          content: {
            ...lineContents,
            ...csvContents,
            ...gzipContents,
          },
        },
        responses: {
          "200": {
            description: "The records, and a line as `Trailer` has it; in gzip where the body was",
            content: {
              ...lineContents,
              ...csvContents,
              "application/gzip": { schema: { type: "string", contentMediaType: "application/gzip" } },
            },
          },
          ...workProblems,
        },
      },
    },
    "/v1/answers": {
      post: {
        operationId: "answerKeys",
        summary: "Answers to questions",
        description: `Up to ${maxKeys} keys, in a body of up to ${maxAnswersBodyBytes} bytes.`,
        requestBody: { required: true, content: json(ref("Keys")) },
        responses: {
          "200": { description: "In the keys' order", content: json(ref("Answers")) },
          ...workProblems,
        },
      },
    },
    "/v1/menus": {
      post: {
        operationId: "matchMenus",
        summary: "Menus in, the terms that they hold out",
        description: "There if the server was given terms. CSV with a header row, or gzip with such in it " +
          "(content-encoding). The terms of each row come as they are found, in the order of the rows: before the last has gone " +
          "in. A menu of many rows may have a term in several. Where the server was given a table, a pair is in it before it is " +
          "sent. The last line counts. What fails before the first line has a status of its own; later the connection " +
          "is broken off.",
        requestBody: { required: true, content: { "text/csv": { schema: { type: "string" } } } },
        responses: {
          "200": {
            description: "A line as `Pair` has it for each match, and one as `MenusTrailer` has it",
            content: { "application/x-ndjson": { schema: { type: "string" } } },
          },
          ...workProblems,
          "404": problem("The server was given no terms"),
        },
      },
    },
    "/v1/live": {
      get: {
        operationId: "live",
        summary: "How things stand, each second, as server-sent events: history, then state",
        responses: {
          "200": {
            description: "Without end",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...problems,
          "503": problem("Too many pages are open, or the server is being stopped"),
        },
      },
    },
    "/metrics": {
      get: {
        operationId: "metrics",
        summary: "Figures in Prometheus' text form",
        responses: {
          "200": { description: "As they stand", content: text },
          ...problems,
          "503": problem("Nothing is measured yet"),
        },
      },
    },
    "/healthz": {
      get: {
        operationId: "health",
        summary: "Whether the process is alive",
        security: [],
        responses: { "200": { description: "It is", content: text } },
      },
    },
    "/readyz": {
      get: {
        operationId: "readiness",
        summary: "Whether requests are taken, and the model answers",
        security: [],
        responses: {
          "200": { description: "They are", content: text },
          "503": { description: "The process is being stopped, or the model is down", content: text },
        },
      },
    },
    "/v1/openapi.json": {
      get: {
        operationId: "description",
        summary: "This description",
        security: [],
        responses: { "200": { description: "OpenAPI 3.1", content: json({ type: "object" }) } },
      },
    },
    "/": {
      get: {
        operationId: "page",
        summary: "The page, for people",
        security: [],
        responses: {
          "200": { description: "HTML", content: { "text/html": { schema: { type: "string" } } } },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      token: { type: "http", scheme: "bearer", description: "SLUICE_TOKEN of the server, where it has one" },
    },
    schemas: {
      Keys: {
        type: "object",
        required: ["keys"],
        properties: {
          keys: {
            type: "array",
            maxItems: maxKeys,
            items: {
              type: "object",
              required: ["company", "title"],
              properties: { company: { type: "string" }, title: { type: "string" } },
            },
          },
        },
      },
      Answers: {
        type: "object",
        required: ["answers"],
        additionalProperties: false,
        properties: {
          answers: {
            type: "array",
            items: {
              type: ["integer", "null"],
              minimum: levelRange.min,
              maximum: levelRange.max,
              description: "null where the model does not take the question",
            },
          },
        },
      },
      Trailer: {
        type: "object",
        required: ["sluice"],
        additionalProperties: false,
        properties: {
          sluice: {
            type: "object",
            required: ["in", "out", "rejected", "blank", "reasons", "rejects"],
            additionalProperties: false,
            properties: {
              in: whole("Lines that came: out + rejected + blank"),
              out: whole("Lines with an answer"),
              rejected: whole("Records that were set aside"),
              blank: whole("Blank lines"),
              reasons: { type: "object", additionalProperties: { type: "integer", minimum: 1 } },
              rejects: {
                type: "array",
                description: "The first 1,000 of them, up to 1 MiB",
                maxItems: 1_000,
                items: {
                  type: "object",
                  required: ["line", "reason"],
                  additionalProperties: false,
                  properties: {
                    line: { type: "integer", minimum: 1 },
                    reason: { type: "string" },
                    text: { type: "string" },
                    base64: { type: "string" },
                    bytes: whole("Length of the whole line, where it was cut short"),
                  },
                },
              },
            },
          },
        },
      },
      Pair: {
        type: "object",
        required: ["line", "menu_id", "term_id", "score", "matched", "kind"],
        additionalProperties: false,
        properties: {
          line: { type: "integer", minimum: 1, description: "Of the row, the header row included" },
          menu_id: { type: "string" },
          term_id: { type: "string" },
          score: { type: "number", minimum: 0, maximum: 1 },
          matched: { type: "string", description: "What stands in the row" },
          kind: { type: "string", enum: ["exact", "folded", "fuzzy"] },
        },
      },
      MenusTrailer: {
        type: "object",
        required: ["sluice"],
        additionalProperties: false,
        properties: {
          sluice: {
            type: "object",
            description: "As that of `Trailer`, with the matches by kind",
            required: ["in", "out", "rejected", "blank", "reasons", "rejects", "pairs"],
            properties: {
              pairs: {
                type: "object",
                required: ["exact", "folded", "fuzzy"],
                additionalProperties: false,
                properties: { exact: whole("Matches"), folded: whole("Matches"), fuzzy: whole("Matches") },
              },
            },
          },
        },
      },
      Problem: {
        type: "object",
        description: "RFC 9457",
        required: ["title", "status", "detail"],
        additionalProperties: false,
        properties: {
          title: { type: "string" },
          status: { type: "integer", minimum: 400, maximum: 599 },
          detail: { type: "string" },
        },
      },
    },
  },
} as const;

/** `GET /v1/openapi.json` */
export function openApiRoute(): Route {
  return { isOpen: true, handle: () => Response.json(openApi) };
}
