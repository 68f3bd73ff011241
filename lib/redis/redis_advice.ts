/** What a server of a Cluster says of itself, and of keys that lie on others or on several of them. */
const isOfCluster = /^(?:MOVED|ASK|CROSSSLOT) /;

/** What to do about a server's replies, which are texts: the protocol has no codes. */
const advice: readonly (readonly [reply: RegExp, advice: string])[] = [
  [isOfCluster, "it is a server of a Redis Cluster: name it redis+cluster://HOST:PORT"],
  [/cluster support disabled/, "it is no server of a Redis Cluster: name it redis://HOST:PORT"],
  [/^NOAUTH /, "the address must hold the password, redis://:PASSWORD@HOST:PORT"],
  [/^WRONGPASS /, "the user or the password in the address is wrong"],
  [/without any password configured/, "it has no password: leave out the one in the address"],
  [/^READONLY /, "it is a replica: name its master"],
  [/^OOM /, "its memory is full: raise its maxmemory, or have it evict"],
  [/^MISCONF /, "it cannot save to its disk: its log says why"],
  [/ENOENT/, "no Redis listens on that socket"],
  [/ECONNREFUSED/, "no Redis listens there: start it, or check the address"],
  [/ENOTFOUND|EAI_AGAIN/, "no host has that name: check the address"],
];

/**
 * What a Redis replied, with what to do about it.
 *
 * @param isQueue Whether it is to hold a queue, which cannot live on a Cluster.
 */
export function withRedisAdvice(reply: string, isQueue = false): string {
  const found = advice.find(([pattern]) => pattern.test(reply))?.[1];
  if (found === undefined) return reply;
  return `${reply}; ${isQueue && isOfCluster.test(reply) ? clusterForQueue : found}`;
}

/** Why a queue cannot be at a server of a Cluster. */
export const clusterForQueue =
  "it is a server of a Redis Cluster, which holds no queue: name a Redis that stands alone";
