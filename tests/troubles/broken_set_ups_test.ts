/**
 * Set-ups in which a run cannot work: `check` fails at the part that is broken, names it, and says what to do; `run` does
 * not end with 0.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert/mod.js";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { Scene } from "../errors/scene.ts";
import { FakeRedis, type FakeRedisOptions } from "../fakes/redis.ts";
import { PostgresServer } from "../fakes/postgres_server.ts";
import { RedisServer } from "../fakes/redis_server.ts";
import type { FakeRequest, S3Operation } from "../fakes/s3_fault.ts";

type Flags = Record<string, string>;
type Break = (scene: Scene) => Promise<Flags> | Flags;

interface SetUp {
  readonly what: string;
  /** Breaks something; resolves to the flags of `check` and `run`. */
  readonly flags: Break;
  /** The check that fails; undefined where the settings are refused before any. */
  readonly check?: string;
  /** What is wrong, and what to do. */
  readonly says: readonly RegExp[];
  /** Whether only a write reveals it. */
  readonly probe?: boolean;
  /** Why it cannot be set up here. */
  readonly missing?: string;
  /** Defaults to 1. */
  readonly status?: number;
  /** Status of a run; `none` where a run does not use what is broken. Defaults to `status`. */
  readonly run?: number | "none";
  /** More of the environment of a run. */
  readonly runEnv?: Readonly<Record<string, string>>;
}

const stores = { from: "s3://raw/in/", to: "s3://mod/x/" };
/** So that a run at a model that is down gives up. */
const impatient = { "model-patience": "1s" };
/** A run goes on without its cache otherwise. */
const required = { SLUICE_REQUIRE_CACHE: "true" };

const started = await PostgresServer.start();
const server = typeof started === "string" ? undefined : started;
const noPostgres = typeof started === "string" ? started : undefined;
if (server !== undefined) globalThis.addEventListener("unload", () => server.killNow());
const noRedis = await (async () => {
  const redis = await RedisServer.start();
  if (typeof redis === "string") return redis;
  await redis[Symbol.asyncDispose]();
})();

/** Why no file system can be mounted here. */
const noMounts = await (async () => {
  const folder = await Deno.makeTempDir();
  const why = await run("mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder);
  if (why === undefined) await run("umount", folder);
  await Deno.remove(folder);
  return why && `cannot mount: ${why}`;
})();

/** Resolves to why a program has failed. */
async function run(program: string, ...args: string[]): Promise<string | undefined> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    return success ? undefined : new TextDecoder().decode(stderr).trim();
  } catch (error) {
    return (error as Error).message;
  }
}

/** A file system in memory, until the scene ends. */
async function mounted(scene: Scene, options: string): Promise<string> {
  const folder = `${scene.folder}/mounted`;
  await Deno.mkdir(folder);
  const why = await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
  if (why !== undefined) throw new Error(why);
  scene.use({ [Symbol.asyncDispose]: async () => void await run("umount", "-l", folder) });
  return folder;
}

async function fill(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const chunk = new Uint8Array(4096);
  try {
    for (;;) await file.write(chunk);
  } catch {
    // It is full.
  }
}

/** Refuses the requests of S3 that match, again and again. */
function refused(
  [status, code, message]: readonly [status: number, code: string, message: string],
  { bucket, operations }: { readonly bucket?: string; readonly operations?: readonly S3Operation[] } = {},
): Break {
  return async (scene) => {
    const s3 = await scene.s3();
    s3.fault(
      (request) =>
        (bucket === undefined || request.bucket === bucket) &&
        (operations === undefined || operations.includes(request.operation)),
      { status, code, message },
      { times: Infinity },
    );
    if (code === "XMinioStorageFull") scene.hurry(100);
    return stores;
  };
}

function denied(bucket: string, ...operations: S3Operation[]): Break {
  return refused([403, "AccessDenied", "Access Denied."], { bucket, operations });
}

/** Has S3 answer everything so. */
function answered(status: number, headers: Readonly<Record<string, string>>, body?: string): Break {
  return async (scene) => {
    const s3 = await scene.s3();
    const answer = ({ method }: FakeRequest) => ({
      status,
      headers,
      ...(method !== "HEAD" && body !== undefined && { body: new TextEncoder().encode(body) }),
    });
    s3.fault(() => true, answer, { times: Infinity });
    return stores;
  };
}

/** S3 is there, with other flags. */
function s3(flags: Flags, keys: readonly string[] = []): Break {
  return async (scene) => {
    const s3 = await scene.s3();
    for (const key of keys) s3.put("raw", key, "{}\n");
    return { ...stores, ...flags };
  };
}

/** S3 is there, and the AWS variables are others than its own; undefined takes one away. */
function aws(change: (scene: Scene) => Readonly<Record<string, string | undefined>>): Break {
  return async (scene) => {
    const { environment } = await scene.s3();
    const changed = Object.entries({ ...environment, ...change(scene) });
    await scene.environment(
      Object.fromEntries(changed.flatMap(([name, value]) => value === undefined ? [] : [[name, value]])),
    );
    scene.hurry(100);
    return stores;
  };
}

function files(...written: readonly (readonly [name: string, content: string | Uint8Array])[]): Break {
  return (scene) => {
    for (const [name, content] of written) scene.write(`data/${name}`, content);
    return { from: `${scene.folder}/data` };
  };
}

function fakeRedis(options: FakeRedisOptions, address = (url: string) => url): Break {
  return (scene) => ({ cache: address(scene.use(new FakeRedis(options)).url) });
}

function realRedis(flag: string, args: (scene: Scene) => readonly string[]): Break {
  return async (scene) => {
    const redis = await RedisServer.start(...args(scene));
    if (typeof redis === "string") throw new Error(redis);
    return { [flag]: scene.use(redis).url };
  };
}

function unused(scheme: string, scene: Scene): string {
  return `${scheme}://127.0.0.1:${scene.unusedPort()}`;
}

async function database(sql: string, user = "sluice"): Promise<Flags> {
  const name = await server!.createDatabase();
  await server!.sql(name, sql);
  return { to: server!.url(name).replace("sluice@", `${user}@`), table: "t" };
}

const pem = (name: string) => Deno.readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url));

/** A model, at an address that is changed. */
function model(options: Parameters<Scene["model"]>[0], address = (url: string) => url): Break {
  return async (scene) => {
    const { url } = await scene.model(options);
    scene.hurry(2);
    return { ...impatient, model: address(url) };
  };
}

const tlsModel = { tls: { cert: pem("server.pem"), key: pem("server.key") } };

/** A server of gRPC without any service. */
async function emptyGrpcServer(scene: Scene): Promise<Flags> {
  const server = new Server();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(
      "127.0.0.1:0",
      ServerCredentials.createInsecure(),
      (error, port) => error ? reject(error) : resolve(port),
    )
  );
  scene.use({ [Symbol.dispose]: () => server.forceShutdown() });
  return { model: `grpc://127.0.0.1:${port}` };
}

/** A server of HTTP/2 and HTTP/1, as a model. */
function webServer(status: number, body: string): Break {
  return (scene) => {
    const headers = { "content-type": "text/html" };
    const http = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(body, { status, headers }),
    );
    scene.use({ [Symbol.asyncDispose]: () => http.shutdown() });
    return { ...impatient, model: `grpc://127.0.0.1:${http.addr.port}` };
  };
}

const parquet = new Uint8Array([
  ...new TextEncoder().encode("PAR1"),
  ...[21, 4, 21, 64, 10, 0, 255, 254, 10],
  ...new TextEncoder().encode("PAR1"),
]);

const setUps: readonly SetUp[] = [
  // The source, as a place.
  {
    what: "the wrong port of S3",
    flags: aws((scene) => ({ AWS_ENDPOINT_URL_S3: unused("http", scene) })),
    check: "source",
    says: [/refused/, /AWS_ENDPOINT_URL_S3/],
  },
  {
    what: "a console in place of S3",
    flags: answered(200, { "content-type": "text/html" }, "<html><title>MinIO Console</title></html>"),
    check: "source",
    says: [/web page: "MinIO Console"/, /the address of the S3 API, and not of its console/],
  },
  {
    what: "a list of buckets in place of a listing",
    flags: answered(
      200,
      { "content-type": "application/xml" },
      "<ListAllMyBucketsResult></ListAllMyBucketsResult>",
    ),
    check: "source",
    says: [/--s3-addressing path/],
  },
  {
    what: "a bucket in another region",
    flags: answered(301, { "x-amz-bucket-region": "ap-south-1" }),
    check: "source",
    says: [/the bucket is in ap-south-1/, /--s3-region ap-south-1/],
  },
  {
    what: "no such bucket to read from",
    flags: s3({ from: "s3://raww/in/" }),
    check: "source",
    says: [/s3:\/\/raww\/in\//, /check the bucket's name/],
  },
  {
    what: "no right to list the source",
    flags: denied("raw", "ListObjectsV2"),
    check: "source",
    says: [/list s3:\/\/raw\/in\//, /need the right s3:ListBucket/],
  },
  {
    what: "an expired token",
    flags: refused([400, "ExpiredToken", "The provided token has expired."]),
    check: "source",
    says: [/expired/, /get new ones/],
  },
  {
    what: "a wrong secret",
    flags: refused([403, "SignatureDoesNotMatch", "The signature does not match."]),
    check: "source",
    says: [/check AWS_SECRET_ACCESS_KEY/],
  },
  {
    what: "an access key that the server does not know",
    flags: refused([403, "InvalidAccessKeyId", "It does not exist in our records."]),
    check: "source",
    says: [/check AWS_ACCESS_KEY_ID/],
  },
  {
    what: "no credentials",
    flags: aws(() => ({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_EC2_METADATA_DISABLED: "true",
    })),
    check: "source",
    says: [/AWS_ACCESS_KEY_ID is not set/],
  },
  {
    what: "no region",
    flags: aws(() => ({ AWS_REGION: undefined })),
    check: "source",
    says: [/set --s3-region/],
  },
  {
    what: "a proxy that cannot be reached",
    flags: aws((scene) => ({
      AWS_ENDPOINT_URL_S3: "http://192.0.2.1:9000",
      HTTP_PROXY: unused("http", scene),
    })),
    check: "source",
    says: [/through the proxy http:\/\/127\.0\.0\.1:\d+ of HTTP_PROXY/, /NO_PROXY/],
  },
  {
    what: "a folder that is not there",
    flags: ({ folder }) => ({ from: `${folder}/nope` }),
    check: "source",
    says: [/nope: there is no such file or folder/, /check the path/],
  },
  // Its records.
  {
    what: "an empty prefix",
    flags: s3({ from: "s3://raw/nope/" }),
    check: "records",
    status: 4,
    says: [/s3:\/\/raw\/nope\/: there are no objects/, /check --from/],
  },
  {
    what: "a prefix that is the beginning of a file's name",
    flags: s3({ from: "s3://raw/in/2026-11-" }, ["in/2026-11-01.jsonl"]),
    check: "records",
    status: 4,
    says: [/2026-11-01\.jsonl begins so/, /--from s3:\/\/raw\/in\/ --include '2026-11-\*'/],
  },
  {
    what: "an empty folder",
    flags(scene) {
      Deno.mkdirSync(`${scene.folder}/data`);
      return { from: `${scene.folder}/data` };
    },
    check: "records",
    status: 4,
    says: [/data\/: there are no objects/, /check --from/],
  },
  {
    what: "files that are no record files by their names",
    flags: files(["a.log", `{"company":"A","title":"B"}\n`]),
    check: "records",
    status: 4,
    says: [/a\.log/, /--format jsonl takes it/],
  },
  {
    what: "an --include that selects nothing",
    flags: () => ({ include: "*.csv" }),
    check: "records",
    status: 4,
    says: [/1 not selected by --include/],
  },
  {
    what: "no right to read the source",
    flags: denied("raw", "GetObject"),
    check: "records",
    says: [/read s3:\/\/raw\/in\/a\.jsonl/, /need the right s3:GetObject/],
  },
  {
    what: "records with another name for a field",
    flags: files(["a.jsonl", `{"company":"A","position":"B"}\n`.repeat(20)]),
    check: "records",
    says: [/all 20 records lack the field "title" \(found: company, position\)/, /set --title-field/],
  },
  {
    what: "CSV with another name for a column",
    flags: files(["a.csv", "employer,title\nA,B\n"]),
    check: "records",
    says: [/no column company; its columns are employer, title/, /set --company-field/],
  },
  {
    what: "CSV with a delimiter that is not known",
    flags: files(["a.csv", "company^title\nA^B\n"]),
    check: "records",
    says: [/its columns are company\^title/, /it has one column; --csv-delimiter takes .*semicolon/],
  },
  {
    what: "Parquet in a file named .jsonl",
    flags: files(["a.jsonl", parquet]),
    check: "records",
    says: [/looks like Parquet/, /convert it to JSON lines or CSV/],
  },
  // The destination.
  {
    what: "no such bucket to write to",
    flags: s3({ to: "s3://modd/x/" }),
    check: "destination",
    says: [/s3:\/\/modd\/x\//, /check the bucket's name/],
  },
  {
    what: "no right to list the destination",
    flags: denied("mod", "ListObjectsV2"),
    check: "destination",
    says: [/list s3:\/\/mod\/x\//, /need the right s3:ListBucket/],
  },
  {
    what: "no right to write",
    flags: denied("mod", "PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"),
    probe: true,
    check: "writing",
    says: [/s3:\/\/mod\/x\//, /s3:PutObject/],
  },
  {
    what: "no right to delete",
    flags: denied("mod", "DeleteObject"),
    probe: true,
    check: "writing",
    says: [/s3:\/\/mod\/x\//, /s3:DeleteObject/],
    // Without rejects to remove, it writes all it has to.
    run: "none",
  },
  {
    what: "no right to abort an upload",
    flags: denied("mod", "AbortMultipartUpload"),
    probe: true,
    check: "writing",
    says: [/s3:\/\/mod\/x\//, /s3:AbortMultipartUpload/],
    run: "none",
  },
  {
    what: "no right to list uploads",
    flags: denied("mod", "ListMultipartUploads"),
    probe: true,
    check: "writing",
    says: [/s3:\/\/mod\/x\//, /s3:ListBucketMultipartUploads/],
    run: "none",
  },
  {
    what: "a server of S3 that overwrites despite conditions",
    async flags(scene) {
      const s3 = await scene.s3();
      s3.fault(({ headers }) => headers.has("if-none-match"), ({ headers }, proceed) => {
        headers.delete("if-none-match");
        return proceed();
      }, { times: Infinity });
      return stores;
    },
    probe: true,
    check: "writing",
    says: [/despite If-None-Match/, /let one run at a time write there/],
    // It says so, and goes on.
    run: "none",
  },
  {
    what: "a server of S3 whose disk is full",
    flags: refused(
      [
        507,
        "XMinioStorageFull",
        "Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed.",
      ],
      { bucket: "mod", operations: ["PutObject", "CreateMultipartUpload"] },
    ),
    probe: true,
    check: "writing",
    says: [/XMinioStorageFull/, /delete a few objects/],
  },
  {
    what: "a file in place of the destination's folder",
    flags: (scene) => ({ to: scene.write("out", "x") }),
    check: "destination",
    says: [/out: it is a file, not a folder/, /name a folder/],
  },
  {
    what: "a folder on a disk that is full",
    missing: noMounts,
    async flags(scene) {
      const to = await mounted(scene, "size=64k");
      await fill(`${to}/full`);
      return { to };
    },
    probe: true,
    check: "writing",
    says: [/No space left on device/],
  },
  {
    what: "a folder on a file system that is read-only",
    missing: noMounts,
    flags: async (scene) => ({ to: `${await mounted(scene, "ro")}/out` }),
    check: "destination",
    says: [/the file system of .* is read-only/, /name another path with --to/],
  },
  {
    what: "a SQLite cache on a file system that is read-only",
    missing: noMounts,
    flags: async (scene) => ({ cache: `sqlite:${await mounted(scene, "ro")}/cache.db` }),
    check: "cache",
    says: [/the file system of .* is read-only/, /name another path with --cache/],
  },
  {
    what: "a file above the destination's folder",
    flags: (scene) => ({ to: `${scene.write("file", "x")}/out` }),
    check: "destination",
    says: [/file is a file, not a folder/, /--to/],
  },
  {
    what: "a destination within the source",
    flags: ({ folder }) => ({ to: `${folder}/in/out` }),
    check: "source",
    says: [/one lies in the other/, /--from and --to/],
  },
  {
    what: "a source within the destination",
    flags: ({ folder }) => ({ to: folder }),
    check: "source",
    says: [/one lies in the other/, /--from and --to/],
  },
  {
    what: "PostgreSQL that is down",
    flags: (scene) => ({ to: `${unused("postgres", scene)}/d`, table: "t" }),
    check: "destination",
    says: [/ECONNREFUSED/, /start it, or check the address in --to/],
  },
  {
    what: "no such database",
    missing: noPostgres,
    flags: () => ({ to: server!.url("nowhere"), table: "t" }),
    check: "destination",
    says: [/database "nowhere" does not exist/, /CREATE DATABASE/],
  },
  {
    what: "no such user of PostgreSQL",
    missing: noPostgres,
    flags: () => database("select 1", "nobody"),
    check: "destination",
    says: [/role "nobody" does not exist/, /check the user in --to/],
  },
  {
    what: "PostgreSQL without rights",
    missing: noPostgres,
    flags: () =>
      database(
        "do $$ begin create role visitor login; exception when duplicate_object then end $$",
        "visitor",
      ),
    check: "destination",
    says: [/lacks CREATE on schema public/, /GRANT it/],
  },
  {
    what: "a table of PostgreSQL that was made for something else",
    missing: noPostgres,
    flags: () => database("create table t (company text, title text)"),
    check: "destination",
    says: [/sluice_object/, /--table/],
  },
  // The cache, the queue, the fleet.
  {
    what: "a Redis Cluster behind redis://",
    flags: fakeRedis({ mode: "cluster" }),
    check: "cache",
    says: [/name it redis\+cluster:\/\/localhost:\d+/],
    run: 2,
  },
  {
    what: "a wrong password of Redis",
    flags: fakeRedis({ password: "right" }, (url) => url.replace("//", "//:wrong@")),
    check: "cache",
    says: [/the user or the password in the address is wrong/],
    runEnv: required,
  },
  {
    what: "a Redis that wants a password",
    flags: fakeRedis({ password: "right" }),
    check: "cache",
    says: [/redis:\/\/:PASSWORD@HOST:PORT/],
    runEnv: required,
  },
  {
    what: "a Redis that is down",
    flags: (scene) => ({ cache: unused("redis", scene) }),
    check: "cache",
    says: [/ECONNREFUSED/, /start it, or check the address/],
    runEnv: required,
  },
  {
    what: "a replica of Redis as cache",
    missing: noRedis,
    flags: realRedis("cache", (scene) => ["--replicaof", "127.0.0.1", `${scene.unusedPort()}`]),
    check: "cache",
    says: [/it is a replica/, /name its master/],
    runEnv: required,
  },
  {
    what: "a Redis whose memory is full, as cache",
    missing: noRedis,
    flags: realRedis("cache", () => ["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"]),
    check: "cache",
    says: [/its memory is full/, /raise its maxmemory/],
    runEnv: required,
  },
  {
    what: "a Redis whose memory is full, as queue",
    missing: noRedis,
    flags: realRedis("queue", () => ["--maxmemory", "100kb", "--maxmemory-policy", "noeviction"]),
    check: "queue",
    says: [/its memory is full/, /raise its maxmemory/],
    run: "none",
  },
  {
    what: "a Redis that evicts as queue",
    missing: noRedis,
    flags: realRedis("queue", () => ["--maxmemory-policy", "allkeys-lru"]),
    check: "queue",
    says: [/maxmemory-policy must be noeviction, is allkeys-lru/, /needs a Redis of its own/],
    run: "none",
  },
  {
    what: "a Redis Cluster as queue",
    flags: (scene) => ({ queue: scene.use(new FakeRedis({ mode: "cluster" })).url }),
    check: "queue",
    says: [/holds no queue: name a Redis that stands alone/],
    run: "none",
  },
  {
    what: "a fleet's Redis that is down",
    flags: (scene) => ({ cache: `sqlite:${scene.folder}/c.db`, fleet: unused("redis", scene) }),
    check: "fleet",
    says: [/ECONNREFUSED/, /start it, or check the address/],
    // It coordinates with nobody then, and says so.
    run: "none",
  },
  {
    what: "a SQLite cache below a file",
    flags: ({ folder }) => ({ cache: `sqlite:${folder}/in/a.jsonl/cache.db` }),
    check: "cache",
    says: [/a\.jsonl is a file, not a folder/, /--cache/],
  },
  {
    what: "a SQLite cache that is no database",
    flags: (scene) => ({ cache: `sqlite:${scene.write("x.db", "no database at all".repeat(100))}` }),
    check: "cache",
    says: [/x\.db: file is not a database/, /--cache/],
  },
  {
    what: "a SQLite cache where Deno lets nobody write",
    flags: () => ({ cache: "sqlite:/proc/sluice/cache.db" }),
    check: "cache",
    says: [/\/proc\/sluice\/cache\.db/, /use a path elsewhere/],
  },
  // The model.
  {
    what: "a model that is down",
    flags: (scene) => {
      scene.hurry(2);
      return { ...impatient, model: unused("grpc", scene) };
    },
    check: "model",
    says: [/ECONNREFUSED/, /start the model, or check --model/],
  },
  {
    what: "a server with another proto as model",
    flags: emptyGrpcServer,
    check: "model",
    says: [/must serve \/SeniorityModel\/InferSeniority as proto\/seniority\.proto has it/, /check --model/],
  },
  {
    what: "a model without TLS behind grpcs://",
    flags: model({}, (url) => url.replace("grpc:", "grpcs:")),
    check: "model",
    says: [/does not speak TLS: name it grpc:\/\/127/],
  },
  {
    what: "a model with TLS behind grpc://",
    flags: model(tlsModel, (url) => url.replace("grpcs:", "grpc:")),
    check: "model",
    says: [/it speaks TLS: name it grpcs:\/\/127/],
  },
  {
    what: "a model whose certificate is not trusted",
    flags: model(tlsModel),
    check: "model",
    says: [/--model-ca PATH/],
  },
  {
    what: "a web page of HTTP/2 as model",
    flags: webServer(200, "It works!"),
    check: "model",
    says: [/a web server has answered \(text\/html\)/, /name the model's gRPC port in --model/],
  },
  {
    what: "a web server without such a page as model",
    flags: webServer(404, "not here"),
    check: "model",
    says: [/a web server has answered \(text\/html\)/, /name the model's gRPC port in --model/],
  },
  {
    what: "a web server of HTTP/1 as model",
    async flags(scene) {
      const { endpoint } = await scene.s3();
      scene.hurry(2);
      return { ...impatient, model: endpoint.replace("http:", "grpc:") };
    },
    check: "model",
    says: [/a web server listens there/, /name the model's gRPC port in --model/],
  },
  {
    what: "a model that is not ready yet",
    flags: model({ fail: () => ({ code: "UNAVAILABLE", details: "the model is loading" }) }),
    check: "model",
    says: [/the model is loading/, /run check again when the model is ready/],
  },
  {
    what: "a model that wants a token",
    flags: model({ fail: () => ({ code: "UNAUTHENTICATED", details: "no token" }) }),
    check: "model",
    says: [/no token/, /--model-header/],
  },
  {
    what: "a file of authorities that is not there",
    flags: ({ folder }) => ({ "model": "grpcs://127.0.0.1:1", "model-ca": `${folder}/absent.pem` }),
    check: "model",
    says: [/absent\.pem/, /name a PEM file that is there/],
    run: 2,
  },
  {
    what: "a file of authorities that holds none",
    flags: (scene) => ({ "model": "grpcs://127.0.0.1:1", "model-ca": scene.write("ca.pem", "x") }),
    check: "model",
    says: [/ca\.pem: it is not PEM/, /name a file that begins with -----BEGIN/],
    run: 2,
  },
  // Settings that cannot be meant.
  {
    what: "an output field that is a field of the question",
    flags: () => ({ "output-field": "title" }),
    status: 2,
    says: [/it is the titleField/, /choose another --output-field/],
  },
];

/** Of the guide's table: what messages have in them. */
const guide = Deno.readTextFileSync(new URL("../../docs/guides/check.md", import.meta.url))
  .split("| The message has")[1]!.split("\n").slice(2)
  .flatMap((row) => Array.from((row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g), ([, text]) => text!));

for (
  const { what, flags, check, says, probe = false, missing, status = 1, run: expected = status, runEnv }
    of setUps
) {
  Deno.test({
    name: `check tells ${what}, and what to do${missing === undefined ? "" : ` (not run: ${missing})`}`,
    ignore: missing !== undefined,
    async fn() {
      await using scene = await Scene.create();
      const given = await flags(scene);
      const checked = await scene.check(given, ...(probe ? ["--probe"] : []));
      assertEquals(checked.status, status, checked.text);
      const line = check === undefined
        ? checked.text
        : checked.text.split("\n").find((line) => line.startsWith(`FAILED  ${check.padEnd(12)} `));
      assert(line !== undefined, checked.text);
      for (const said of says) assertMatch(line, said);
      assert(guide.some((text) => line.includes(text)), `docs/guides/check.md has no row for: ${line}`);
      if (expected === "none") return;
      const ran = await scene.run(given, { env: runEnv });
      assertEquals(ran.status, expected, ran.text);
      assert(ran.text !== "");
    },
  });
}

Deno.test("check tells 20 broken set-ups and more", () => {
  assert(setUps.length >= 20);
  assertEquals(new Set(setUps.map(({ what }) => what)).size, setUps.length);
});

Deno.test("check says ok, and nothing else, where a run works", async () => {
  await using scene = await Scene.create();
  const model = await scene.model();
  const { stdout, stderr, status } = await scene.streams([
    "check",
    ...["--from", `${scene.folder}/in`, "--to", `${scene.folder}/out`, "--model", model.url],
    ...["--cache", `sqlite:${scene.folder}/new/cache.db`, "--ledger", `${scene.folder}/state/ledger.db`],
  ]);
  assertEquals([status, stderr], [0, ""], stdout);
  const kinds = stdout.trimEnd().split("\n").map((line) => line.split(/ +/).slice(0, 2).join(" "));
  assertEquals(kinds, [
    "ok source",
    "ok records",
    "ok destination",
    "SKIPPED writing",
    "ok cache",
    "ok model",
    `recipe ${stdout.match(/recipe +(\S+)/)![1]}`,
  ]);
  assertEquals(model.calls.flatMap(({ questions }) => questions), [], "it asks nothing");
  assertStringIncludes(stdout, "not there yet: a run creates it");
});

Deno.test({
  name: `check tells a column of PostgreSQL that takes no answers${
    noPostgres === undefined ? "" : ` (not run: ${noPostgres})`
  }`,
  ignore: server === undefined,
  async fn() {
    await using scene = await Scene.create();
    const columns = "company text, title text, sluice_rest jsonb, sluice_object text, sluice_line bigint";
    for (
      const [type, isTold] of [["boolean", true], ["text", true], ["jsonb", false], [
        "numeric(3,1)",
        false,
      ]] as const
    ) {
      const { to, table } = await database(`create table t (seniority ${type}, ${columns})`);
      const { stdout } = await scene.streams([
        ...["check", "--from", `${scene.folder}/in`, "--to", to!, "--table", table!],
        ...["--model", "reference:", "--cache", "none:"],
      ]);
      const told = `column seniority of type ${type} takes no number, so answers are kept in sluice_rest`;
      assertEquals(stdout.includes(told), isTold, stdout);
    }
  },
});

Deno.test("check says what it does not try, and why", async () => {
  await using scene = await Scene.create();
  const from = ["--from", `${scene.folder}/in`], rest = ["--model", "reference:", "--cache", "none:"];
  const plain = await scene.streams(["check", ...from, "--to", `${scene.folder}/out`, ...rest]);
  assertMatch(plain.stdout, /^SKIPPED writing {6}not tried without --probe/m);
  const probed = await scene.streams(["check", ...from, "--to", `${scene.folder}/out`, ...rest, "--probe"]);
  assertMatch(probed.stdout, /^ok {6}writing/m);
  const streamed = await scene.streams(["check", "--from", "-", "--to", "-", ...rest]);
  assertMatch(streamed.stdout, /^SKIPPED records {6}standard input can be read once only/m);
});

Deno.test("check and run find nothing wrong with a choice of times that there is nothing of", async () => {
  await using scene = await Scene.create();
  const checked = await scene.check({ since: "2100-01-01" });
  assertEquals(checked, { status: 0, text: "" });
  assertEquals((await scene.run({ since: "2100-01-01" })).status, 0);
});
