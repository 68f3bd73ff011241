/** A model version without stored answers. */
export function uniqueVersion(): string {
  return `bench-${crypto.randomUUID()}`;
}
