/** A model version whose answers nobody has stored. */
export function uniqueVersion(): string {
  return `bench-${crypto.randomUUID()}`;
}
