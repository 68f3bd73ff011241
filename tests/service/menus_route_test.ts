import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert/mod.js";
import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { OpenBody, problemOf, Serving } from "./serving.ts";

const header = "MenuId,ProductName,ProductDescription\n";
const cola = (line: number, menuId: string) =>
  `{"line":${line},"menu_id":"${menuId}","term_id":"1","score":1,"matched":"Coca-Cola","kind":"exact"}\n`;

/** A service with two terms, and a folder for its database. */
class MenuService implements AsyncDisposable {
  readonly folder: string;
  readonly serving: Serving;

  private constructor(folder: string, serving: Serving) {
    this.folder = folder;
    this.serving = serving;
  }

  /** @param statements Where they are given, matches go to a SQLite file that is made ready by them. */
  static async start(
    { statements, flags = {}, env }: {
      readonly statements?: string;
      readonly flags?: Readonly<Record<string, string>>;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<MenuService> {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/terms.csv`, "TermId,Term\n1,Coca-Cola\n2,Bollinger\n");
    if (statements !== undefined) {
      using database = new DatabaseSync(`${folder}/m.db`);
      database.exec(statements);
    }
    const to: Record<string, string> = statements === undefined
      ? {}
      : { "matches-to": `sqlite:${folder}/m.db` };
    const serving = await Serving.start({ flags: { terms: `${folder}/terms.csv`, ...to, ...flags }, env });
    return new MenuService(folder, serving);
  }

  menus(body: BodyInit | null, { headers, ...init }: RequestInit = {}): Promise<Response> {
    return this.serving.fetch("/v1/menus", {
      method: "POST",
      body,
      ...init,
      headers: { "content-type": "text/csv", ...headers },
    });
  }

  /** Rows of the database, as arrays. */
  rows(sql: string): unknown[][] {
    using database = new DatabaseSync(`${this.folder}/m.db`);
    return database.prepare(sql).all().map((row) => Object.values(row));
  }

  async untilUnderWay(requests: number): Promise<void> {
    const started = performance.now();
    while ((await this.serving.metric("sluice_work_in_progress"))[""] !== requests) {
      assertLess(performance.now() - started, 5_000, `still not ${requests} under way`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.serving.end();
    await Deno.remove(this.folder, { recursive: true });
  }
}

function trailerOf(line: string) {
  return JSON.parse(line).sluice;
}

Deno.test("menusRoute() sends a pair, and has written it, before the last row has gone in", async () => {
  await using service = await MenuService.start({ statements: "" });
  const body = new OpenBody();
  body.send(`\ufeff${header}7,"Rum\n& Coca-Cola",\n`);
  const response = await service.menus(body.stream);
  assertEquals([response.status, response.headers.get("content-type")], [200, "application/x-ndjson"]);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, cola(2, "7"));
  assertEquals(service.rows("SELECT menu_id, term_id FROM matches"), [["7", "1"]]);
  body.send("8,Water,Coca-Cola\n");
  assertEquals((await lines.read()).value, cola(4, "8"));
  assertEquals(service.rows("SELECT menu_id, term_id FROM matches"), [["7", "1"], ["8", "1"]]);
  await service.untilUnderWay(1);
  body.close();
  assertEquals(trailerOf((await lines.read()).value!), {
    in: 2,
    out: 2,
    rejected: 0,
    blank: 0,
    reasons: {},
    rejects: [],
    pairs: { exact: 2, folded: 0, fuzzy: 0 },
  });
  assertEquals((await lines.read()).done, true);
  await service.untilUnderWay(0);
});

Deno.test("menusRoute() names rejects in the trailer, and keeps those of each request in the table", async () => {
  await using service = await MenuService.start({ statements: "" });
  const body = `${header}7,Coca-Cola,\n8,too few\n\n,no id,x\n9,Bolinger,cocacola\n`;
  for (let i = 0; i < 2; i++) {
    const lines = (await (await service.menus(body)).text()).trimEnd().split("\n");
    const pairs = lines.slice(0, -1).map((line) => JSON.parse(line));
    assertEquals(pairs.map(({ line, term_id, kind }) => [line, term_id, kind]), [
      [2, "1", "exact"],
      [6, "2", "fuzzy"],
      [6, "1", "folded"],
    ]);
    const { rejects, reasons, pairs: kinds, ...counts } = trailerOf(lines.at(-1)!);
    assertEquals(counts, { in: 5, out: 2, rejected: 2, blank: 1 });
    assertEquals(reasons, { ragged_row: 1, missing_key_field: 1 });
    assertEquals(kinds, { exact: 1, folded: 1, fuzzy: 1 });
    assertEquals(rejects, [
      { line: 3, reason: "ragged_row", text: "8,too few" },
      { line: 5, reason: "missing_key_field", text: ",no id,x" },
    ]);
  }
  assertEquals(service.rows("SELECT count(*) FROM matches"), [[3]]);
  assertEquals(
    service.rows("SELECT substr(object, 1, 20), count(*) FROM match_rejects GROUP BY object ORDER BY 1"),
    [["/v1/menus, request 1", 2], ["/v1/menus, request 2", 2]],
  );
});

Deno.test("menusRoute() keeps rejects of an earlier process, whose requests had the same numbers", async () => {
  const earlier = "/v1/menus, request 1";
  await using service = await MenuService.start({
    statements: `CREATE TABLE match_rejects (
      object TEXT, line INTEGER, reason TEXT, text TEXT, PRIMARY KEY (object, line));
      INSERT INTO match_rejects VALUES ('${earlier}', 2, 'ragged_row', 'old')`,
  });
  await (await service.menus(`${header}new\n`)).text();
  assertEquals(service.rows("SELECT text FROM match_rejects ORDER BY text"), [["new"], ["old"]]);
});

Deno.test("menusRoute() reads gzip, and answers nothing with a trailer alone", async () => {
  await using service = await MenuService.start();
  const rows = Array.from({ length: 3_000 }, (_, i) => `${i},Coca-Cola,\n`).join("");
  for (const headers of [{ "content-encoding": "gzip" }, undefined]) {
    const response = await service.menus(gzipSync(header + rows), { headers });
    const lines = (await response.text()).trimEnd().split("\n");
    assertEquals([lines.length, `${lines[2_999]}\n`], [3_001, cola(3_001, "2999")]);
    assertEquals(trailerOf(lines.at(-1)!).pairs, { exact: 3_000, folded: 0, fuzzy: 0 });
  }
  for (const body of ["", null, header]) {
    const { in: rows, pairs } = trailerOf(await (await service.menus(body)).text());
    assertEquals([rows, pairs], [0, { exact: 0, folded: 0, fuzzy: 0 }]);
  }
  const broken = await service.menus(gzipSync(header + rows).subarray(0, 50));
  assertEquals(await problemOf(broken), {
    status: 400,
    detail: "Cannot decompress: gzip ends in the middle of a member, after 50 bytes",
  });
});

Deno.test("menusRoute() takes no other content type, no other columns and no body over maxBodyBytes", async () => {
  await using service = await MenuService.start({ flags: { "max-body-bytes": "1024" } });
  for (const type of ["", "application/json"]) {
    const { status, detail } = await problemOf(
      await service.menus(header, { headers: { "content-type": type } }),
    );
    assertEquals([status, detail], [
      415,
      `/v1/menus accepts text/csv, not ${type || "a body without content-type"}`,
    ]);
  }
  const encoded = await service.menus(header, { headers: { "content-encoding": "br" } });
  assertEquals((await problemOf(encoded)).status, 415);
  assertEquals(await problemOf(await service.menus("MenuId,Name\n1,x\n")), {
    status: 400,
    detail: "Cannot read CSV: there is no column ProductName and no column ProductDescription; " +
      "its columns are MenuId, Name",
  });
  const tooLarge = { status: 413, detail: "The body is larger than 1,024 bytes (maxBodyBytes)" };
  assertEquals(await problemOf(await service.menus(header + "7,Water,\n".repeat(200))), tooLarge);

  // A sender that does not say how much it sends is answered until it is too much.
  const body = new OpenBody();
  body.send(`${header}7,Coca-Cola,\n`);
  const response = await service.menus(body.stream);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, cola(2, "7"));
  body.send("7,Water,\n".repeat(200));
  await assertRejects(() => lines.read(), TypeError);
  await service.untilUnderWay(0);
  const { level, message } = service.serving.log.at(-1)!;
  assertEquals([level, message], ["INFO", `Cannot finish /v1/menus, request 2: ${tooLarge.detail}`]);
});

const failing = `CREATE TABLE matches (
    menu_id TEXT, term_id TEXT, score REAL, matched TEXT, kind TEXT, PRIMARY KEY (menu_id, term_id));
  CREATE TRIGGER full BEFORE INSERT ON matches WHEN new.menu_id = 'bad' BEGIN SELECT RAISE(ABORT, 'on demand'); END`;

Deno.test("menusRoute() breaks the connection off when the table fails in the middle", async () => {
  await using service = await MenuService.start({ statements: failing });
  const body = new OpenBody();
  body.send(`${header}7,Coca-Cola,\n`);
  const response = await service.menus(body.stream);
  const lines = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await lines.read()).value, cola(2, "7"));
  body.send("8,Coca-Cola,\nbad,Coca-Cola,\n");
  await assertRejects(() => lines.read(), TypeError);
  await service.untilUnderWay(0);
  const { level, message } = service.serving.log.at(-1)!;
  const why = `Cannot write to sqlite:${service.folder}/m.db: on demand`;
  assertEquals([level, message], ["WARN", `Cannot finish /v1/menus, request 1: ${why}`]);
  // What was sent is there; of the batch that failed, nothing.
  assertEquals(service.rows("SELECT menu_id FROM matches"), [["7"]]);

  const early = await service.menus(`${header}bad,Coca-Cola,\n`);
  assertEquals(early.headers.get("retry-after"), "30");
  assertEquals(await problemOf(early), { status: 503, detail: why });
  assertEquals((await service.serving.metric("sluice_requests_total"))['outcome="failed"'], 2);
});

Deno.test("menusRoute() gives the place of a client back that goes away", async () => {
  await using service = await MenuService.start({ flags: { "max-requests": "1", grace: "0s" } });
  const body = new OpenBody(), left = new AbortController();
  body.send(`${header}7,Coca-Cola,\n`);
  const response = await service.menus(body.stream, { signal: left.signal });
  await service.untilUnderWay(1);
  const refused = await service.menus(header);
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "1"]);
  await refused.body?.cancel();
  left.abort();
  await response.text().catch(() => {});
  await service.untilUnderWay(0);

  // Nor does it keep the place where its body breaks off before there is a pair.
  const broken = new OpenBody();
  broken.send(header);
  const failed = service.menus(broken.stream).catch(() => undefined);
  await service.untilUnderWay(1);
  broken.breakOff();
  await failed;
  await service.untilUnderWay(0);

  assertStringIncludes(await (await service.menus(`${header}7,Coca-Cola,\n`)).text(), cola(2, "7"));
  assertEquals(await service.serving.metric("sluice_requests_total"), {
    'outcome="done"': 1,
    'outcome="failed"': 2,
    'outcome="refused"': 1,
  });
  assertEquals(service.serving.log.filter(({ level }) => level === "ERROR" || level === "WARN"), []);
});

Deno.test("menusRoute() takes the time of a request whose reader does not read, or whose sender does not send", async () => {
  await using service = await MenuService.start({ flags: { "request-timeout": "1s", "max-requests": "1" } });
  const rows = new TextEncoder().encode(header + "7,Coca-Cola,\n".repeat(2_000_000));
  const connection = await service.serving.connect(
    "POST /v1/menus HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\nContent-Length: 100000000\r\n\r\n",
  );
  const flooded = connection.writable.getWriter().write(rows).catch(() => {});
  await service.untilUnderWay(1);
  await service.untilUnderWay(0);
  assertStringIncludes(
    service.serving.log.at(-1)!.message,
    "The request took longer than 1 s (requestTimeout)",
  );
  await assertRejects(() => new Response(connection.readable).bytes());
  await flooded;
  assert((await service.serving.metric("sluice_read_bytes_total"))[""]! < rows.length);

  const body = new OpenBody();
  body.send(`${header}7,Coca-Cola,\n`);
  const response = await service.menus(body.stream);
  await service.untilUnderWay(1);
  await service.untilUnderWay(0);
  await response.text().catch(() => {});
});

Deno.test("menusRoute() is asked with the token, and is not there without terms", async () => {
  await using service = await MenuService.start({ env: { SLUICE_TOKEN: "sesame-42" } });
  const refused = await service.menus(`${header}7,Coca-Cola,\n`);
  assertEquals(refused.status, 401);
  await refused.body?.cancel();
  const headers = { authorization: "Bearer sesame-42" };
  assertStringIncludes(
    await (await service.menus(`${header}7,Coca-Cola,\n`, { headers })).text(),
    cola(2, "7"),
  );

  await using bare = await Serving.start();
  const missing = await bare.fetch("/v1/menus", {
    method: "POST",
    body: header,
    headers: { "content-type": "text/csv" },
  });
  assertEquals((await problemOf(missing)).status, 404);
});
