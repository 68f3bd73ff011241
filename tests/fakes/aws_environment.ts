import { proxyVariables } from "../../lib/proxies/proxy_of.ts";

/**
 * Sets the AWS variables of this process, and those that name proxies, to these and no others, and leaves out the files
 * and the machine's role of the user who runs the test. What was set before is back once it is disposed of. Test files
 * run side by side in one process, whose variables they share: only one holds them at a time, the others wait. Proxies
 * are not for 127.0.0.1 unless `NO_PROXY` is set here, since that is where the servers of the other test files are.
 */
export async function awsEnvironment(variables: Readonly<Record<string, string>>): Promise<Disposable> {
  const turn = await Deno.open(`${Deno.env.get("TMPDIR") ?? "/tmp"}/sluice-tests-aws-${Deno.pid}.lock`, {
    create: true,
    write: true,
  });
  await turn.lock(true);
  const held = () =>
    Object.entries(Deno.env.toObject()).filter(([name]) =>
      name.startsWith("AWS_") || proxyVariables.includes(name)
    );
  const before = held();
  const set = (entries: readonly (readonly [string, string])[]) => {
    for (const [name] of held()) Deno.env.delete(name);
    for (const [name, value] of entries) Deno.env.set(name, value);
  };
  const none = {
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const hasProxy = Object.keys(variables).some((name) => proxyVariables.includes(name));
  const direct = hasProxy ? { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" } : {};
  set(Object.entries({ ...none, ...direct, ...variables }));
  return {
    [Symbol.dispose]() {
      set(before);
      turn.close(); // which unlocks it
    },
  };
}
