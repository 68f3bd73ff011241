/**
 * What a refusal of Deno means for somebody who started Sluice, not Deno: its own text names a flag that Sluice has not.
 * Returns undefined for any other error. Deno's error has no code, and its class is no global of the Web.
 */
export function permissionReason({ name, message }: Error): string | undefined {
  if (name !== "NotCapable") return undefined;
  const [, right, what] = /^Requires (\w+) access(?: to (.*?))?, run again with/s.exec(message) ?? [];
  if (right === undefined) return undefined;
  if (right !== "all") {
    return `Deno was started without --allow-${right}${
      what === undefined ? "" : `, so that ${what} is out of reach`
    }`;
  }
  const streams = /^"\/dev\/(?:std|fd)/.test(what ?? "")
    ? "; standard input is - where a command takes it"
    : "";
  return `Deno keeps programs out of /dev, /proc and /sys; use a path elsewhere${streams}`;
}
