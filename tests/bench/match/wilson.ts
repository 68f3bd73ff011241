/** The normal distribution's 97.5 % point: an interval holds in 95 of 100 cases. */
const z = 1.959964;

/** The Wilson score interval at 95 % of a share of `hits` among `all` (Wilson 1927); from 0 to 1 where all is 0. */
export function wilson(hits: number, all: number): [low: number, high: number] {
  if (all === 0) return [0, 1];
  const share = hits / all, weight = z * z / all;
  const middle = share + weight / 2;
  const spread = z * Math.sqrt(share * (1 - share) / all + weight / (4 * all));
  return [
    Math.max(0, (middle - spread) / (1 + weight)),
    Math.min(1, (middle + spread) / (1 + weight)),
  ];
}
