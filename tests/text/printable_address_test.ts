import { assert, assertEquals } from "@std/assert/mod.js";
import { printableAddress } from "../../lib/text/printable_address.ts";
import { printableUrls } from "../../lib/text/printable_urls.ts";
import { withoutSecrets } from "../../lib/text/without_secrets.ts";

/** What may stand in a password: everything that means something in an address, too. */
const passwords = [
  ...["s3cret", "sek/ret", "se@k/ret", "sek#ret", "sek%ret", "sek%2Fret", "sek?ret", "sek:ret", "my sekret"],
  ...[
    "sék→ret",
    "?a=b@sekret",
    "#sekret",
    "sekret&x=y",
    "//sekret//",
    "sek\nret",
    "sek[1]ret",
    "sek\\ret",
    "@@sekret@@",
  ],
];

const forms: Readonly<Record<string, (password: string) => string>> = {
  "grpc": (p) => `grpc://user:${p}@127.0.0.1:1`,
  "grpcs": (p) => `grpcs://user:${p}@model:1/path`,
  "redis": (p) => `redis://user:${p}@cache:6379/0`,
  "redis without a user": (p) => `redis://:${p}@cache`,
  "rediss": (p) => `rediss://user:${p}@cache:6379`,
  "a Cluster": (p) => `redis+cluster://user:${p}@one:1,two:2`,
  "a Cluster with TLS": (p) => `rediss+cluster://user:${p}@one:1,two:2`,
  "a Unix socket": (p) => `redis+unix://user:${p}@/run/redis.sock`,
  "a Unix socket with a parameter": (p) => `redis+unix:///run/redis.sock?db=1&password=${p}`,
  "SQS": (p) => `sqs://user:${p}@sqs.eu/1/q`,
  "http": (p) => `http://user:${p}@proxy:3128`,
  "https": (p) => `https://user:${p}@sqs.eu/1/q`,
  "S3": (p) => `s3://AKIAIOSFODNN7:${p}@raw/in/`,
  "a file on a host": (p) => `file://user:${p}@host/x`,
  "PostgreSQL": (p) => `postgres://user:${p}@db:5432/jobs`,
  "PostgreSQL with TLS": (p) => `postgresql://user:${p}@db/jobs?sslmode=verify-full`,
  "PostgreSQL with a parameter": (p) => `postgres://user@db/jobs?sslmode=require&password=${p}`,
  "PostgreSQL with an encoded parameter": (p) => `postgres://db/jobs?pass%77ord=${p}`,
  "PostgreSQL with the key's password": (p) => `postgres://db/jobs?sslpassword=${p}&sslmode=require`,
  "libpq's words": (p) => `host=db password=${p}`,
  "a token": (p) => `https://host/path?token=${p}`,
  "a fragment": (p) => `https://host/path#access_token=${p}`,
  "a signed URL": (p) =>
    `https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Credential=${p}&X-Amz-Signature=${p}`,
  "no slashes": (p) => `redis:user:${p}@cache`,
  "no scheme": (p) => `user:${p}@cache:6379`,
  "no user and no scheme": (p) => `:${p}@cache:6379`,
  "a mistyped scheme": (p) => `reddis://:${p}@cache`,
  "blanks before it": (p) => `  redis://:${p}@cache`,
  "capitals": (p) => `REDIS://:${p}@cache`,
  "SQLite by mistake": (p) => `sqlite://user:${p}@host/x`,
  "a model's socket by mistake": (p) => `unix://user:${p}@host/x`,
};

/** The words of a password that no printed address may hold. */
function wordsOf(password: string): string[] {
  return password.split(/[^\p{L}\d]+/u).filter((word) => word.length > 2);
}

for (const [name, form] of Object.entries(forms)) {
  Deno.test(`printableAddress() shows no password: ${name}`, () => {
    for (const password of [...passwords, ...passwords.map(encodeURIComponent)]) {
      const address = form(password);
      const shown = printableAddress(address);
      for (const word of wordsOf(password)) assert(!shown.includes(word), `${address} is shown as ${shown}`);
      assertEquals(printableAddress(shown), shown, "shown twice");
    }
  });
}

Deno.test("printableAddress() shows what is no secret", () => {
  const addresses = [
    ...["s3://raw/in/", "s3://raw/in/a@b.jsonl", "s3://raw/user:x@b", "s3://raw/token=1/a@b", "s3://raw"],
    ...["/data/a@b", "./a@b:c", "~/a:b@c", "in", "file:///data/user:x@b", "file:in/a@b", "sqlite:a@b.db"],
    ...["sqlite://dir/a@b.db", "unix:/run/user:x@b.sock", "memory:", "none:", "reference:", ""],
    ...["grpc://127.0.0.1:50051", "grpcs://[::1]:1", "redis://cache:6379/0", "redis+cluster://one:1,two:2"],
    ...["postgres://db:5432/jobs?sslmode=require&application_name=x", "sqs://sqs.eu/1/q", "token=1/a.jsonl"],
  ];
  assertEquals(addresses.map(printableAddress), addresses);
});

Deno.test("printableAddress() leaves what helps to find the mistake", () => {
  const shown: Readonly<Record<string, string>> = {
    "grpc://u:sek/ret@127.0.0.1:1": "grpc://…@127.0.0.1:1",
    "sqs://u:sek/ret@sqs.eu/1/q": "sqs://…@sqs.eu/1/q",
    "s3://AKIA:sek/ret@raw/in/": "s3://…@raw/in/",
    "file://u:sek/ret@h/x": "file://…@h/x",
    "redis://:sek?ret@cache:6379": "redis://…@cache:6379",
    "postgres://u:p@db/jobs?sslmode=require&password=x": "postgres://…@db/jobs?sslmode=require&password=…",
    // Nobody can tell which part is the password.
    "postgres://db/jobs?password=x@y": "postgres://…",
    // The host was forgotten: what stands in place of the port is a password.
    "redis://user:sek/ret": "redis://user:…",
    "s3://AKIA:sek/ret/": "s3://AKIA:…",
    "redis+cluster://one:1,user:sekret": "redis+cluster://one:1,user:…",
  };
  assertEquals(
    Object.fromEntries(Object.keys(shown).map((address) => [address, printableAddress(address)])),
    shown,
  );
});

for (const [name, form] of Object.entries(forms)) {
  Deno.test(`withoutSecrets() hides what a library quotes: ${name}`, () => {
    for (const password of passwords.filter((password) => /^[^&@]*$/.test(password))) {
      const address = form(password);
      const quotes = [address, URL.parse(address)?.href ?? "", password, encodeURIComponent(password)];
      const said = `Invalid URL: ${quotes.join(", ")}!`;
      const shown = withoutSecrets(said, [address]);
      for (const word of wordsOf(password)) assert(!shown.includes(word), `${said} is shown as ${shown}`);
      assert(shown.startsWith("Invalid URL: ") && shown.endsWith("!"), shown);
    }
  });
}

Deno.test("withoutSecrets() leaves words that happen to be a password", () => {
  const address = "postgres://postgres:postgres@localhost/db";
  assertEquals(
    withoutSecrets(`Cannot open ${address}: no database of postgres`, [address]),
    "Cannot open postgres://…@localhost/db: no database of postgres",
  );
});

Deno.test("printableUrls() takes the secrets out of the addresses that a text quotes", () => {
  const shown: Readonly<Record<string, string>> = {
    "Invalid URL: 'http://u:sek/ret@h:1'": "Invalid URL: 'http://…@h:1'",
    "error sending request for url (https://u:sek%2Fret@h/b/a@b?list-type=2)":
      "error sending request for url (https://…@b?list-type=2)",
    "see https://h/b?X-Amz-Signature=sek": "see https://h/b?X-Amz-Signature=…",
    "error sending request for url (http://127.0.0.1:9/b/a@b?prefix=in%2F): refused":
      "error sending request for url (http://127.0.0.1:9/b/a@b?prefix=in%2F): refused",
    "503 SlowDown: me@host asks too often": "503 SlowDown: me@host asks too often",
  };
  assertEquals(Object.fromEntries(Object.keys(shown).map((text) => [text, printableUrls(text)])), shown);
});
