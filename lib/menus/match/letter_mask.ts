/** Which letters there are, as 32 bits: one for each small Latin letter, the others shared by all else. */
export function letterMask(letters: string): number {
  let mask = 0;
  for (let index = 0; index < letters.length; index++) {
    const code = letters.charCodeAt(index);
    mask |= 1 << (code >= 97 && code <= 122 ? code - 97 : 26 + code % 6);
  }
  return mask;
}
