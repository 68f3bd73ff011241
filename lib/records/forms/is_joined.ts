/** Places at which a record may end, looked at in a line. */
const maxEnds = 100;

/** Whether a JSON object ends before the end of its line, and another one begins behind it: `{"id":1}{"id":2}`. */
export function isJoined(line: string): boolean {
  let ends = 0;
  for (const { index } of line.matchAll(/\}\s*(?=\{")/g)) {
    if (isJson(line.slice(0, index + 1))) return true;
    if (++ends === maxEnds) return false;
  }
  return false;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
