import { ScaledObject, TriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { StatefulSet } from "kubernetes-models/apps/v1/StatefulSet";
import { Job } from "kubernetes-models/batch/v1/Job";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1/PodDisruptionBudget";
import { ConfigMap } from "kubernetes-models/v1/ConfigMap";
import { Namespace } from "kubernetes-models/v1/Namespace";
import { Service } from "kubernetes-models/v1/Service";
import type { Yaml } from "./read_yaml.ts";

/** With schemas compiled from Kubernetes' OpenAPI description, and from KEDA's custom resource definitions. */
const models = [
  ConfigMap,
  Deployment,
  Job,
  Namespace,
  PodDisruptionBudget,
  ScaledObject,
  Service,
  StatefulSet,
  TriggerAuthentication,
];

/**
 * What is wrong with a manifest, by the schema of its kind: wrong types, missing fields, and fields that the schema does
 * not have. Empty where nothing is.
 */
export function kubernetesProblems(manifest: Yaml): string[] {
  const { apiVersion, kind } = manifest ?? {};
  const model = models.find((model) => model.kind === kind && model.apiVersion === apiVersion);
  if (model === undefined) return [`${apiVersion} ${kind}: there is no schema for it`];
  const problems: string[] = [], seen = new Set<string>();
  try {
    model.prototype.validate.call(watched(manifest, "", seen));
  } catch (error) {
    const { errors } = error as { errors: { instancePath: string; message: string }[] };
    problems.push(
      ...errors.map(({ instancePath, message }) => `${kind}: ${instancePath || "/"}: ${message}`),
    );
  }
  return [
    ...problems,
    ...unseen(manifest, "", seen).map((path) => `${kind}: ${path}: there is no such field`),
  ];
}

/**
 * The same value, noting what is read of it. Kubernetes' schemas take any further field, a misspelt one too, which the
 * server would refuse; but a compiled schema never looks at a field that it does not know.
 */
function watched(value: Yaml, path: string, seen: Set<string>): Yaml {
  if (typeof value !== "object" || value === null) return value;
  return new Proxy(value, {
    get(target, key) {
      const child = `${path}/${String(key)}`;
      seen.add(child);
      return watched(Reflect.get(target, key), child, seen);
    },
  });
}

function unseen(value: Yaml, path: string, seen: ReadonlySet<string>): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const below = `${path}/${key}`;
    return seen.has(below) ? unseen(child, below, seen) : [below];
  });
}
