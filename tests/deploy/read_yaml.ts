import { parseAllDocuments } from "yaml";

// deno-lint-ignore no-explicit-any -- files of any form, judged by their schemas
export type Yaml = any;

/** The folder of the files under test. */
export const deployFolder = new URL("../../deploy/", import.meta.url);

/**
 * The documents of a YAML file, `<<` merged in.
 *
 * @throws {Error} It is no YAML, or a key stands twice in a map.
 */
export function parseYaml(text: string): Yaml[] {
  return parseAllDocuments(text, { merge: true }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS();
  });
}

/** As {@linkcode parseYaml}, of a file under `deploy/`. */
export async function readYaml(path: string): Promise<Yaml[]> {
  return parseYaml(await Deno.readTextFile(new URL(path, deployFolder)));
}

/** The names of the YAML files in `deploy/k8s/`, in their order. */
export function kubernetesFiles(): string[] {
  const names = Array.from(Deno.readDirSync(new URL("k8s/", deployFolder)), ({ name }) => name);
  return names.filter((name) => name.endsWith(".yaml")).sort();
}
