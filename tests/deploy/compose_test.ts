import { assert, assertEquals } from "@std/assert/mod.js";
import { startHttpServer } from "../../lib/service/http_server.ts";
import { composeProblems } from "./compose_problems.ts";
import { deployFolder, parseYaml, readYaml, type Yaml } from "./read_yaml.ts";

const path = new URL("compose.yaml", deployFolder);

async function problemsOf(text: string): Promise<string[]> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    return composeProblems(file);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("compose.yaml is what the Compose Specification's schema and dclint's rules want", () => {
  assertEquals(composeProblems(path.pathname), []);
});

Deno.test("composeProblems() refuses a misspelt key, a value of another type, a moving tag, and an open port", async () => {
  const good = await Deno.readTextFile(path);
  const broken: [from: string, to: string, problem: RegExp][] = [
    ["stop_grace_period:", "stop_grace_perod:", /^invalid-schema.*additional properties/],
    ["retries: 3", "retries: [3]", /^invalid-schema.*must be/],
    ["  redis:\n  s3:\n", "  redis: 3\n", /^invalid-schema.*must be/],
    ["image: redis:", "image: redis:latest\n    x-was: ", /^service-image-require-explicit-tag/],
    ['"127.0.0.1:8787:8787"', '"8787:8787"', /^no-unbound-port-interfaces/],
  ];
  for (const [from, to, problem] of broken) {
    assert(good.includes(from), from);
    const problems = await problemsOf(good.replace(from, to));
    assert(problems.some((text) => problem.test(text)), `${to}: ${problems}`);
  }
});

Deno.test("compose.yaml takes rights from every container, and root from all but the one that makes the buckets", async () => {
  const [{ services }] = await readYaml("compose.yaml");
  const asRoot: string[] = [];
  for (const [name, service] of Object.entries<Yaml>(services)) {
    assertEquals(service.read_only, true, name);
    assertEquals(service.cap_drop, ["ALL"], name);
    assertEquals(service.security_opt, ["no-new-privileges:true"], name);
    assert(/^\d+:\d+$/.test(service.user), name);
    if (service.user === "0:0") asRoot.push(name);
    else assert(service.deploy.resources.limits.memory !== undefined, name);
  }
  assertEquals(asRoot, ["buckets"]);
  assertEquals(services.buckets.network_mode, "none");
});

Deno.test("compose.yaml has no secret: each comes from the file that .env.example is copied to", async () => {
  const example = await Deno.readTextFile(new URL(".env.example", deployFolder));
  const names = Array.from(example.matchAll(/^(\w+)=(.*)$/gm), ([, name, value]) => [name!, value!] as const);
  assertEquals(names.filter(([, value]) => value !== ""), []);
  const used = new Set<string>();
  const [{ services }] = await readYaml("compose.yaml");
  for (const [service, { environment = {}, command = [] }] of Object.entries<Yaml>(services)) {
    const values = { ...environment, ...Object.fromEntries(command.map((word: string) => [word, word])) };
    for (const [name, value] of Object.entries<string>(values)) {
      const taken = Array.from(value.matchAll(/\$\{(\w+)(:\?)?/g), ([, name, isWanted]) => {
        assert(isWanted, `${service}: ${value}: works without it`);
        return name!;
      });
      taken.forEach((name) => used.add(name));
      if (/PASSWORD|SECRET|TOKEN|ACCESS_KEY|AUTH/.test(name)) {
        assertEquals(taken.length, 1, `${service}: ${name}`);
      }
      if (/:\/\/.*@/.test(value)) assertEquals(taken.length, 1, `${service}: ${name}`);
    }
  }
  assertEquals(names.map(([name]) => name).sort(), [...used].sort());
});

Deno.test("compose.yaml waits for services that it has, with a health check where health is waited for", async () => {
  const [{ services }] = await readYaml("compose.yaml");
  for (const [name, { depends_on = {} }] of Object.entries<Yaml>(services)) {
    for (const [other, { condition }] of Object.entries<Yaml>(depends_on)) {
      assert(services[other] !== undefined, `${name}: ${other}`);
      if (condition === "service_healthy") {
        assert(services[other].healthcheck !== undefined, `${name}: ${other}`);
      }
    }
  }
});

Deno.test("compose.yaml checks health with a command that distinguishes 200 from 503", async () => {
  const [{ services }] = await readYaml("compose.yaml");
  let isReady = true;
  await using stack = new AsyncDisposableStack();
  const server = await startHttpServer({
    listen: "127.0.0.1:0",
    token: "x",
    routes: {
      "GET /readyz": { isOpen: true, handle: () => new Response("\n", { status: isReady ? 200 : 503 }) },
    },
    onFailure: (error) => {
      throw error;
    },
  });
  stack.defer(() => server.close());
  for (const name of ["worker", "page"]) {
    const [kind, program, ...args]: string[] = services[name].healthcheck.test;
    assertEquals(kind, "CMD");
    const port = new URL(server.url).port;
    const own = args.map((word) => word.replaceAll("8787", port));
    for (isReady of [true, false]) {
      const { success } = await new Deno.Command(program!, { args: own, stderr: "null" }).output();
      assertEquals(success, isReady, name);
    }
  }
});

Deno.test("parseYaml() refuses a key that stands twice", () => {
  let message = "";
  try {
    parseYaml("a: 1\na: 2\n");
  } catch (error) {
    message = (error as Error).message;
  }
  assert(message.includes("unique"), message);
});
