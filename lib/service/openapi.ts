import manifest from "../../deno.json" with { type: "json" };
import { levelRange } from "../seniority/level_range.ts";
import { maxAnswersBodyBytes, maxKeys } from "./answers_route.ts";
import type { Route } from "./http_server.ts";
import { count } from "../text/format.ts";
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
  "400": problem("Invalid Host header"),
  "401": problem("The token is missing or wrong"),
  "403": problem(
    "Without a token, the server accepts only requests of programs and pages on its own machine",
  ),
};
const workProblems = {
  ...problems,
  "400": problem("The body or a parameter is invalid; the detail says why"),
  "408": problem("The body arrived too slowly"),
  "413": problem("The body is too large"),
  "415": problem("The content type or encoding is not supported"),
  "429": problem("The limit of model questions (maxQuestions) is reached"),
  "500": problem("Internal error; the server's log has the details"),
  "502": problem("The model gave no valid answer"),
  "503": problem(
    "Too many requests are in progress, the model or another server is down, or the server is shutting down",
  ),
  "504": problem("The request took longer than requestTimeout"),
};

/** The HTTP interface of `serve` in OpenAPI 3.1, https://spec.openapis.org/oas/v3.1.1.html */
export const openApi = {
  openapi: "3.1.1",
  info: {
    title: "Sluice",
    version: manifest.version,
    license: { name: manifest.license, identifier: manifest.license },
    description:
      "Enriches records with a model's answers, and asks the model about each distinct question once.",
  },
  servers: [{ url: "/" }],
  security: [{ token: [] }, {}],
  paths: {
    "/v1/records": {
      post: {
        operationId: "answerRecords",
        summary: "Add answers to records",
        description:
          "Takes JSON lines, CSV with a header row, or gzip with JSON lines in it. Each line is returned with its answer " +
          "added and every other byte unchanged, in order, as soon as it is answered, while the body is still being " +
          "sent. The body is read only as fast as the answer is read. The last line has the counts and the rejects; " +
          "after CSV it begins with #. A failure before the first line has a status; after that the connection is cut.",
        parameters: [{
          name: "trailer",
          in: "query",
          description: "none: omits the last line",
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
            description: "The records, and a last line with the schema `Trailer`; in gzip if the body was",
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
        description: `Up to ${count(maxKeys)} keys, in a body of up to ${count(maxAnswersBodyBytes)} bytes.`,
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
        summary: "Find terms in menus",
        description:
          "Available if the server has terms. Takes CSV with a header row, also in gzip (content-encoding). The " +
          "terms of each row are returned as they are found, in the order of the rows, while the body is still being " +
          "sent. A term that occurs in several rows of a menu is returned for each of them. If the server has a table, a " +
          "match is written to it before it is sent. The last line has the counts. A failure before the first line has a " +
          "status; after that the connection is cut.",
        requestBody: { required: true, content: { "text/csv": { schema: { type: "string" } } } },
        responses: {
          "200": {
            description:
              "A line with the schema `Pair` for each match, and a last line with the schema `MenusTrailer`",
            content: { "application/x-ndjson": { schema: { type: "string" } } },
          },
          ...workProblems,
          "404": problem("The server has no terms"),
        },
      },
    },
    "/v1/live": {
      get: {
        operationId: "live",
        summary: "The state of the process, each second, as server-sent events: history, then state",
        responses: {
          "200": {
            description: "A stream of events that does not end",
            content: { "text/event-stream": { schema: { type: "string" } } },
          },
          ...problems,
          "503": problem("Too many pages are open, or the server is shutting down"),
        },
      },
    },
    "/metrics": {
      get: {
        operationId: "metrics",
        summary: "Metrics in Prometheus's text format",
        responses: {
          "200": { description: "The current values", content: text },
          ...problems,
          "503": problem("There are no metrics yet"),
        },
      },
    },
    "/healthz": {
      get: {
        operationId: "health",
        summary: "Whether the process is alive",
        security: [],
        responses: { "200": { description: "It is alive", content: text } },
      },
    },
    "/readyz": {
      get: {
        operationId: "readiness",
        summary: "Whether requests are accepted, and the model answers",
        security: [],
        responses: {
          "200": { description: "Ready", content: text },
          "503": { description: "The process is shutting down, or the model is down", content: text },
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
        summary: "The live page",
        security: [],
        responses: {
          "200": { description: "HTML", content: { "text/html": { schema: { type: "string" } } } },
        },
      },
    },
  },
  components: {
    securitySchemes: {
      token: { type: "http", scheme: "bearer", description: "The server's SLUICE_TOKEN, if it has one" },
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
              description: "null if the model rejects the question",
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
              in: whole("Lines received: out + rejected + blank"),
              out: whole("Lines with an answer"),
              rejected: whole("Rejected records"),
              blank: whole("Blank lines"),
              reasons: { type: "object", additionalProperties: { type: "integer", minimum: 1 } },
              fieldFaults: {
                type: "string",
                description: "Which fields of the question records lack, and which fields they have",
              },
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
                    bytes: whole("Length of the whole line, if its text is cut"),
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
          line: {
            type: "integer",
            minimum: 1,
            description: "Line number of the row; the header row is line 1",
          },
          menu_id: { type: "string" },
          term_id: { type: "string" },
          score: { type: "number", minimum: 0, maximum: 1 },
          matched: { type: "string", description: "The matched text of the row" },
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
            description: "Like that of `Trailer`, with the matches by kind",
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
