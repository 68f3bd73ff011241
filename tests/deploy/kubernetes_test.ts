import { assert, assertEquals } from "@std/assert/mod.js";
import { LivePage } from "../../lib/page/live_page.ts";
import { sections } from "../../lib/cli/settings/sections.ts";
import { kubernetesProblems } from "./kubernetes_problems.ts";
import { deployFolder, kubernetesFiles, readYaml, type Yaml } from "./read_yaml.ts";

const files = kubernetesFiles().filter((name) => name !== "kustomization.yaml");
const manifests: Yaml[] = (await Promise.all(files.map((name) => readYaml(`k8s/${name}`)))).flat();
const settings = one("ConfigMap", "sluice").data;

function one(kind: string, name: string): Yaml {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  assertEquals(found.length, 1, `${kind} ${name}`);
  return structuredClone(found[0]);
}

function pods(): { name: string; spec: Yaml }[] {
  return manifests.filter(({ spec }) => spec?.template !== undefined)
    .map(({ metadata, spec }) => ({ name: metadata.name, spec: spec.template.spec }));
}

for (const file of files) {
  Deno.test(`k8s/${file} is what the schemas of Kubernetes and KEDA want`, async () => {
    assertEquals((await readYaml(`k8s/${file}`)).flatMap(kubernetesProblems), []);
  });
}

Deno.test("kubernetesProblems() refuses wrong types, missing and misspelt fields, and kinds that it does not know", () => {
  const broken: [manifest: Yaml, change: (manifest: Yaml) => void, problem: string][] = [
    [
      one("Deployment", "sluice-worker"),
      ({ spec }) => spec.template.spec.containers[0].ports[0].containerPort = "http",
      "Deployment: /spec/template/spec/containers/0/ports/0/containerPort: must be integer",
    ],
    [
      one("Deployment", "sluice-worker"),
      ({ spec }) => spec.template.spec.containers[0].readinessProb = {},
      "Deployment: /spec/template/spec/containers/0/readinessProb: there is no such field",
    ],
    [
      one("PodDisruptionBudget", "sluice-worker"),
      (manifest) => manifest.maxUnavailable = 1,
      "PodDisruptionBudget: /maxUnavailable: there is no such field",
    ],
    [
      one("ScaledObject", "sluice-worker"),
      ({ spec }) => delete spec.triggers,
      "ScaledObject: /spec: must have required property triggers",
    ],
    [
      one("ScaledObject", "sluice-worker"),
      ({ spec }) => spec.triggers[0].metadata.listLength = 16,
      "ScaledObject: /spec/triggers/0/metadata/listLength: must be string",
    ],
    [
      one("Job", "sluice-shards"),
      (manifest) => manifest.apiVersion = "batch/v2",
      "batch/v2 Job: there is no schema for it",
    ],
  ];
  for (const [manifest, change, problem] of broken) {
    assertEquals(kubernetesProblems(manifest), []);
    change(manifest);
    assertEquals(kubernetesProblems(manifest), [problem]);
  }
});

Deno.test("k8s/kustomization.yaml has all files but the job, and the image's version", async () => {
  const [{ resources, images, namespace }] = await readYaml("k8s/kustomization.yaml");
  assertEquals([...resources, "shards-job.yaml"].sort(), files);
  assertEquals(images.map(({ name }: Yaml) => name), ["sluice"]);
  assertEquals(one("Namespace", namespace).metadata.name, "sluice");
  for (const { kind, metadata } of manifests) {
    assertEquals(metadata.namespace, kind === "Namespace" ? undefined : namespace, metadata.name);
  }
});

Deno.test("k8s puts no variables of Services beside the settings, which would refuse them", () => {
  const ours = pods().filter(({ spec }) => spec.containers[0].image.startsWith("sluice:"));
  assertEquals(ours.map(({ spec }) => spec.enableServiceLinks), [false, false, false]);
});

Deno.test("k8s has no container with rights or without limits", () => {
  for (const { name, spec } of pods()) {
    assertEquals(spec.automountServiceAccountToken, false, name);
    assertEquals(spec.securityContext.runAsNonRoot, true, name);
    assertEquals(spec.securityContext.seccompProfile, { type: "RuntimeDefault" }, name);
    for (const { securityContext, resources } of spec.containers) {
      assertEquals(securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      }, name);
      for (const { cpu, memory } of [resources.requests, resources.limits]) {
        assert(cpu !== undefined && memory !== undefined, name);
      }
    }
  }
});

Deno.test("k8s takes every secret from the Secret that deploy/README.md makes", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", deployFolder));
  const made = Array.from(readme.matchAll(/--from-literal=([\w-]+)=/g), ([, key]) => key!);
  const taken = new Set<string>(
    one("TriggerAuthentication", "sluice-redis").spec.secretTargetRef.map((target: Yaml) => {
      assertEquals(target.name, "sluice");
      return target.key;
    }),
  );
  for (const { name, spec } of pods()) {
    for (const variable of spec.containers.flatMap(({ env }: Yaml) => env)) {
      const secret = variable.valueFrom?.secretKeyRef;
      if (secret !== undefined) {
        assertEquals(secret.name, "sluice", `${name}: ${variable.name}`);
        taken.add(secret.key);
      } else {
        assert(
          /^[\w:/@.-]*$/.test(variable.value.replace(":$(REDIS_PASSWORD)@", "")),
          `${name}: ${variable.name}`,
        );
        assert(!/PASSWORD|SECRET|TOKEN|ACCESS_KEY/.test(variable.name), `${name}: ${variable.name}`);
      }
    }
  }
  assertEquals([...taken].sort(), made.sort());
  assertEquals(Object.keys(settings).filter((name) => /PASSWORD|SECRET|TOKEN|ACCESS_KEY/.test(name)), []);
});

Deno.test("k8s/workers.yaml probes what the server has, where it listens", () => {
  const [container] = one("Deployment", "sluice-worker").spec.template.spec.containers;
  const routes = new LivePage().routes;
  const { args, ports } = container;
  assertEquals(ports, [{
    name: "http",
    containerPort: Number(args[args.indexOf("--listen") + 1].split(":")[1]),
  }]);
  const paths = ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) => {
    const { path, port } = container[probe].httpGet;
    assertEquals(port, "http");
    // The kubelet has no token.
    assertEquals(routes[`GET ${path}`]?.isOpen, true, path);
    return path;
  });
  assertEquals(paths, ["/healthz", "/healthz", "/readyz"]);
});

Deno.test("k8s selects pods that are there", () => {
  const selecting = manifests.filter(({ kind }) => kind !== "Namespace").flatMap(
    ({ kind, metadata, spec }) => {
      const labels = kind === "Service" ? spec.selector : spec?.selector?.matchLabels;
      return labels === undefined ? [] : [{ what: `${kind} ${metadata.name}`, labels }];
    },
  );
  assertEquals(selecting.length, 6);
  for (const { what, labels } of selecting) {
    const selected = manifests.filter(({ spec }) =>
      Object.entries(labels).every(([name, value]) => spec?.template?.metadata.labels[name] === value)
    );
    assertEquals(selected.length, 1, what);
  }
});

Deno.test("k8s/scaling.yaml scales the workers by the lists that the queue has", async () => {
  const { scaleTargetRef, triggers, minReplicaCount } = one("ScaledObject", "sluice-worker").spec;
  assertEquals(one("Deployment", scaleTargetRef.name).spec.replicas, undefined);
  assertEquals(minReplicaCount, 1);
  const service = one("Service", "sluice-redis");
  for (const { type, metadata, authenticationRef } of triggers) {
    assertEquals(type, "redis");
    one("TriggerAuthentication", authenticationRef.name);
    const { name, namespace } = service.metadata;
    assertEquals(metadata.address, `${name}.${namespace}.svc.cluster.local:${service.spec.ports[0].port}`);
  }
  const lists = triggers.map(({ metadata }: Yaml) => metadata.listName);
  assertEquals(Number(triggers[1].metadata.listLength), Number(settings.SLUICE_OBJECTS) + 1);
  const { keyPrefix } = await import("../../lib/queue/bull_link.ts");
  const name = sections.queue.name.default;
  assertEquals(lists, [`${keyPrefix}:${name}:wait`, `${keyPrefix}:${name}:active`]);
});

Deno.test("k8s/shards-job.yaml has as many shares as pods", () => {
  const { completionMode, completions, template } = one("Job", "sluice-shards").spec;
  const { args } = template.spec.containers[0];
  assertEquals(completionMode, "Indexed");
  assertEquals(args[args.indexOf("--shard") + 1], `$(JOB_COMPLETION_INDEX)/${completions}`);
});
