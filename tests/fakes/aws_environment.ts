/**
 * Sets the AWS variables of this process to these and no others, and leaves out the files and the machine's role of
 * the user who runs the test. What was set before is back once it is disposed of.
 */
export function awsEnvironment(variables: Readonly<Record<string, string>>): Disposable {
  const ofAws = () => Object.entries(Deno.env.toObject()).filter(([name]) => name.startsWith("AWS_"));
  const before = ofAws();
  const set = (entries: readonly (readonly [string, string])[]) => {
    for (const [name] of ofAws()) Deno.env.delete(name);
    for (const [name, value] of entries) Deno.env.set(name, value);
  };
  const none = {
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  set(Object.entries({ ...none, ...variables }));
  return { [Symbol.dispose]: () => set(before) };
}
