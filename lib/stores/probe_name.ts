/** A name that no object has, for what is written to see whether it can be; hidden from listings. */
export function newProbeName(): string {
  return `_sluice-probe-${crypto.randomUUID()}.jsonl`;
}
