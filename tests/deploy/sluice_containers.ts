import { kubernetesFiles, readYaml, type Yaml } from "./read_yaml.ts";

/** What a file of `deploy/` starts Sluice with. */
export interface SluiceContainer {
  /** For messages: `compose.yaml: worker`. */
  readonly where: string;
  readonly image: string;
  readonly args: readonly string[];
  /** What comes from a secret, or from the `.env` file, is filled in. */
  readonly env: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL. */
  readonly graceSeconds: number;
  readonly memory: { readonly requestBytes: number; readonly limitBytes: number };
}

/** All of them, of `compose.yaml` and the files in `k8s/`. */
export async function sluiceContainers(): Promise<SluiceContainer[]> {
  const [compose] = await readYaml("compose.yaml");
  const services = Object.entries<Yaml>(compose.services).filter(([, { image }]) => isSluice(image));
  const settings = (await readYaml("k8s/settings.yaml"))[0].data;
  const found = services.map(([name, service]): SluiceContainer => ({
    where: `compose.yaml: ${name}`,
    image: service.image,
    args: service.command,
    env: Object.fromEntries(
      Object.entries<string>(service.environment ?? {}).map(([name, value]) => [name, filled(value)]),
    ),
    graceSeconds: parseInt(service.stop_grace_period),
    memory: {
      requestBytes: parseBytes(service.deploy.resources.reservations.memory),
      limitBytes: parseBytes(service.deploy.resources.limits.memory),
    },
  }));
  for (const file of kubernetesFiles()) {
    for (const manifest of await readYaml(`k8s/${file}`)) {
      const pod = manifest.spec?.template?.spec;
      for (const container of pod?.containers ?? []) {
        if (!isSluice(container.image)) continue;
        found.push({
          where: `k8s/${file}: ${container.name}`,
          image: container.image,
          args: container.args,
          env: {
            ...(container.envFrom === undefined ? {} : settings),
            ...Object.fromEntries(
              container.env.map(({ name, value }: Yaml) => [name, value === undefined ? "x" : filled(value)]),
            ),
          },
          graceSeconds: pod.terminationGracePeriodSeconds,
          memory: {
            requestBytes: parseBytes(container.resources.requests.memory),
            limitBytes: parseBytes(container.resources.limits.memory),
          },
        });
      }
    }
  }
  return found;
}

/** Compose and Kubernetes fill in what stands so: `${NAME:?message}`, `$(NAME)`. */
export function filled(value: string): string {
  return value.replace(/\$\{\w+:\?[^}]*\}|\$\(\w+\)/g, "0");
}

function isSluice(image: string): boolean {
  return image.startsWith("sluice:");
}

/** Both mean powers of 1,024: `512M` in Compose, `512Mi` in Kubernetes. */
function parseBytes(size: string): number {
  const [, amount, unit] = /^(\d+)(M|G)i?$/.exec(size)!;
  return Number(amount) * (unit === "M" ? 1024 ** 2 : 1024 ** 3);
}
