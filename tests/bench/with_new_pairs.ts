/**
 * Lines of postings, some of them with a title that no other object has, at even distances.
 *
 * @param tag Makes this object's titles differ from others'.
 */
export function withNewPairs(
  text: string,
  newPairs: number,
  tag: string,
): string {
  const lines = text.trimEnd().split("\n");
  for (let n = 0; n < newPairs; n++) {
    const at = Math.floor(n / newPairs * lines.length);
    const record = JSON.parse(lines[at]!);
    lines[at] = JSON.stringify({
      ...record,
      title: `${record.title} ${tag} ${n}`,
    });
  }
  return `${lines.join("\n")}\n`;
}
