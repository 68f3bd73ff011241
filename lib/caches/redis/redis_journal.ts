import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { RESP_TYPES } from "redis";
import appendLua from "./journal_append.lua" with { type: "text" };
import followLua from "./journal_follow.lua" with { type: "text" };
import type { RedisClient } from "../../redis/redis_client.ts";
import { RedisScript } from "../../redis/redis_script.ts";

/** Bytes of a token, written in hexadecimal digits. */
const tokenBytes = 8;
/** How long it is kept after it was last followed, at most, and at least half as long: a saved filter is valid for seven days. */
const keptMs = 7 * 86_400_000;

const follow = new RedisScript(followLua);

/** The journal's scripts: one of its own, and what goes before the one that stores answers. */
export const journalScripts = { follow, appendLua };

/** A place in a journal: its number, and the token of the write that stands there. */
export interface JournalMark {
  readonly number: number;
  readonly token: string;
}

/** What was written after a mark. */
export interface Written {
  /** The first bytes of the keys' hashes, one record after the other; some may not have been stored. */
  readonly records: Uint8Array;
  /** Behind the last of them. */
  readonly mark: JournalMark;
  /** Whether there is nothing behind it. */
  readonly isAll: boolean;
}

/**
 * The journal of a namespace's answers in Redis: which keys were written, in which order, by any process. The script that
 * stores answers writes it, in the same step, so that no answer is stored without a record: for every process, whether it
 * follows the journal itself or not. It costs nothing while no process follows: the first follower begins it, and it
 * expires seven days after the last one. Its last 8 MiB are kept, a million keys.
 *
 * Each write leaves a random token. A follower gets what came after its mark only if the journal still has that token
 * under that number. So a server that has lost some writes (restarted from an older copy, or a replica that took over) is
 * not mistaken for one that has nothing new: up to the mark, its history is the one that was read, or the mark is not
 * found.
 */
export class RedisJournal {
  readonly name: string;

  /** @param prefix What all keys of the namespace begin with. */
  constructor(prefix: string) {
    this.name = `${prefix}journal`;
  }

  /** A token for a write. */
  static token(): string {
    return randomBytes(tokenBytes).toString("hex");
  }

  /**
   * What was written after a mark, or a first part of it; without a mark, nothing, and a mark at the end. `undefined` if
   * the journal does not have the mark.
   */
  async follow(client: RedisClient, mark: JournalMark | undefined): Promise<Written | undefined> {
    const args = mark === undefined ? ["", RedisJournal.token()] : [`${mark.number}`, mark.token];
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }) as unknown as RedisClient;
    const reply = await follow.run(bytes, [this.name], [...args, `${keptMs}`]) as FollowReply | [];
    if (reply.length === 0) return undefined;
    const [number, token, records, isAll] = reply;
    return { records, mark: { number, token: token.toString() }, isAll: isAll === 1 };
  }
}

type FollowReply = [number: number, token: Buffer, records: Buffer, isAll: number];
