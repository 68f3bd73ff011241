import { claimScripts } from "../../lib/coordination/redis_claims.ts";
import { rateScripts } from "../../lib/coordination/redis_rate.ts";
import type { FakeScript } from "./redis_bucket_scripts.ts";

/** What each script of a fleet means, by its SHA-1; a test compares both on a real server. */
export const fleetScriptsBySha1: Readonly<Record<string, FakeScript>> = {
  [claimScripts.claim.sha1]: (keyspace, keys, [holder, ms, ...left]) =>
    keys.map((key, i) => {
      const found = keyspace.getString(key);
      const other = found === left[i] ? undefined : found;
      if (other === undefined) keyspace.setString(key, holder!, Date.now() + Number(ms));
      return other === undefined || other === holder ? 1 : other === "!" ? 2 : 0;
    }),

  [claimScripts.renew.sha1]: (keyspace, keys, [holder, ms]) => {
    for (const key of keys) {
      const other = keyspace.getString(key) ?? holder;
      if (other === holder) keyspace.setString(key, holder!, Date.now() + Number(ms));
    }
    return null;
  },

  [claimScripts.release.sha1]: (keyspace, keys, [holder, ms]) => {
    for (const key of keys) {
      if (keyspace.getString(key) !== holder) continue;
      if (ms === "0") keyspace.delete(key);
      else keyspace.setString(key, "!", Date.now() + Number(ms));
    }
    return null;
  },

  [rateScripts.take.sha1]: (keyspace, [turns, processes], [intervalUs, process, memoryUs]) => {
    const now = Date.now() * 1000, interval = Number(intervalUs), memory = Number(memoryUs);
    let turn = Number(keyspace.getString(turns!) ?? now);
    if (turn < now || turn > now + memory + 100 * interval) turn = now;
    keyspace.setString(turns!, `${turn + interval}`);
    keyspace.setFields(processes!, [[process!, `${now}`]]);
    const old = [...keyspace.getHash(processes!)!].filter(([, at]) => Number(at) <= now - memory);
    keyspace.deleteFields(processes!, old.map(([process]) => process));
    return [turn - now, keyspace.getHash(processes!)!.size];
  },
};
