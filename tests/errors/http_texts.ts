import { LiveServer } from "../../lib/cli/serve/live_server.ts";
import { line, OpenBody, problemOf, Serving } from "../service/serving.ts";
import { type ErrorText, type ErrorTexts, failureOf } from "./error_text.ts";

/** The response to a sender of CSV. */
function csv(when: string, text: string, body: string | Uint8Array<ArrayBuffer>): ErrorText {
  return {
    when,
    text,
    async provoke() {
      await using serving = await Serving.start({ flags: { "max-line-bytes": "1024" } });
      return (await problemOf(await serving.records(body, { type: "text/csv" }))).detail;
    },
  };
}

export const httpTexts: ErrorTexts = {
  name: "serve",
  rows: [
    {
      when: "all addresses without a token",
      text:
        "Cannot listen on 0.0.0.0:0: other machines can reach this address, and there is no token: set SLUICE_TOKEN, or listen on 127.0.0.1",
      async provoke() {
        const flags = { listen: "0.0.0.0:0" };
        return (await failureOf(() => Serving.start({ flags }))).replace(/^\d: /, "");
      },
    },
    {
      when: "an address in use",
      text: "Cannot listen on 127.0.0.1:<PORT>: the address is in use",
      async provoke(scene) {
        await using other = await Serving.start();
        scene.hide(`${other.port}`, "<PORT>");
        const flags = { listen: `127.0.0.1:${other.port}` };
        return (await failureOf(() => Serving.start({ flags }))).replace(/^\d: /, "");
      },
    },
    {
      when: "an address without port",
      text: 'sluice: Cannot set listen by --listen: must be HOST:PORT, or [IPV6]:PORT, not "localhost"',
      status: 2,
      provoke: (scene) =>
        scene.sluice(["serve", "--model", "reference:", "--cache", "memory:", "--listen", "localhost"]),
    },
    {
      when: "the model fails in the middle of an answer",
      text:
        "Cannot finish /v1/records, request 1: Cannot ask grpc://127.0.0.1:<PORT>: PERMISSION_DENIED: on demand",
      async provoke(scene) {
        const model = await scene.model({
          fail: ({ questions }) =>
            questions.some(({ title }) => title === "b") ? { code: "PERMISSION_DENIED" } : undefined,
        });
        await using serving = await Serving.start({ model: model.url });
        const body = new OpenBody();
        body.send(line("a"));
        const response = await serving.records(body.stream);
        body.send(line("b"));
        await response.text().catch(() => {});
        return serving.log.at(-1)!.message;
      },
    },
    {
      when: "the model gives no answer that counts",
      text:
        'Cannot get an answer from grpc://127.0.0.1:<PORT> for {"company":"Acme","title":"a"}: its answer was missing in 3 calls',
      async provoke(scene) {
        const model = await scene.model({ fault: () => () => [] });
        await using serving = await Serving.start({ model: model.url });
        return (await problemOf(await serving.answers([{ company: "Acme", title: "a" }]))).detail;
      },
    },
    {
      when: "a fault of the server",
      text: "Cannot answer GET /fault: broken",
      async provoke() {
        const said: string[] = [];
        await using server = await LiveServer.open({ listen: "127.0.0.1:0", token: undefined }, {
          routes: { "GET /fault": { handle: () => Promise.reject("broken") } },
          tell: (message) => said.push(message),
        });
        await (await fetch(`${server.url}fault`)).body?.cancel();
        return said.join("\n");
      },
    },
    csv(
      "CSV without the columns of the question",
      "Cannot read CSV: there is no column company and no column title; its columns are name, job: set --company-field and --title-field",
      "name,job\nx,y\n",
    ),
    csv(
      "CSV with a long header row",
      "Cannot read CSV: its header row is longer than maxLineBytes, 1024",
      `company,title,${"x".repeat(2_000)}\n`,
    ),
    csv(
      "CSV with a header row that has no end",
      "Cannot read CSV: its header row has a quote that does not close",
      'company,"title\n',
    ),
    csv(
      "CSV with a header row that is not UTF-8",
      "Cannot read CSV: its header row is not UTF-8",
      Uint8Array.of(0xff, 0x2c, 0x61, 0x0a),
    ),
    csv(
      "CSV with a quote in the middle of a name",
      "Cannot read CSV: its header row has a stray quote",
      'company,ti"tle\n',
    ),
  ],
};
