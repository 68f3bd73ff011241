import { withCertificateAdvice } from "../../tls/certificate_advice.ts";
import { parsePostgresAddress, type PostgresAddress } from "./postgres_address.ts";
import { PostgresLink, type PostgresRow } from "./postgres_link.ts";
import {
  ensureLedger,
  ensureTable,
  type PostgresNames,
  postgresNames,
  type PostgresTable,
  readTable,
} from "./postgres_table.ts";
import { type PostgresContent, PostgresTransaction } from "./postgres_transaction.ts";
import { Semaphore } from "./semaphore.ts";
import {
  ConditionFailedError,
  isObjectName,
  type MarkedObject,
  type PartLimits,
  type Store,
  type StoreAbilities,
  type StoredObject,
  type UnfinishedUpload,
  type Upload,
  WriteConflictError,
  type WriteOptions,
} from "../../stores/store.ts";

export interface PostgresStoreOptions {
  /** `TABLE` or `SCHEMA.TABLE`; `records` unless told. */
  readonly table?: string;
  /** Names of the columns that tell records apart; without any, an object's rows take the place of its earlier ones. */
  readonly key?: readonly string[];
  /** How long the server may be silent, in seconds; 60 unless told. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check the server with, PEM. */
  readonly ca?: string;
  /** Connections that outputs of one part are written by, at most; 8 unless told. */
  readonly connections?: number;
}

/** Objects on a page of a listing. */
const pageObjects = 1_000;
/** Connections kept open while nobody uses them. */
const maxIdleLinks = 8;
/** Connections for all that is no output, at most. */
const maxStatementsAtOnce = 4;
const rejectsPrefix = "_rejects/";
/** The server's words for work that has to be done again: serialization failures and deadlocks. */
const conflicts = new Set(["40001", "40P01"]);
const noSuchTable = "42P01";

/**
 * A table in PostgreSQL as a destination: a row for each record, a ledger of the objects beside it, `TABLE_objects`, and
 * their rejects, `TABLE_rejects`. All of an object becomes visible in one transaction, which locks its row of the ledger.
 * What is put under `_rejects/NAME` waits, in that transaction, for the output NAME, and becomes visible with it; an
 * output without such has none. Tables are created by the first write. Without a key, an object's rows take the place of
 * its earlier ones; with one, a record takes the place of the one with the same key, whichever object that came from,
 * and records without a whole key belong to their object. Objects cannot be read.
 */
export class PostgresStore implements Store {
  readonly url: string;
  readonly place: string;
  readonly abilities: StoreAbilities = { marksCostRequests: false, isOnNetwork: true };
  readonly partLimits: PartLimits = {
    partBytes: 8 * 1024 * 1024,
    maxPartBytes: 8 * 1024 * 1024,
    maxParts: Infinity,
  };
  readonly #address: PostgresAddress;
  readonly #names: PostgresNames;
  readonly #key: readonly string[];
  readonly #ca: string | undefined;
  readonly #timeoutSeconds: number;
  readonly #idle: PostgresLink[] = [];
  /** Connections in use, with what gives their permits back. */
  readonly #used = new Map<PostgresLink, () => void>();
  readonly #statements = new Semaphore(maxStatementsAtOnce);
  /** For outputs that are here as a whole: those in parts wait for the pipeline, which must not wait for them. */
  readonly #puts: Semaphore;
  /** By the object's name; each has begun its records or its rejects, and may wait for the other. */
  readonly #transactions = new Map<string, PostgresTransaction>();
  #ledger: Promise<void> | undefined;
  #table: Promise<PostgresTable> | undefined;
  #isUtf8 = false;
  readonly #closing = new AbortController();

  /** @throws {Error} The address is none; the table's name is too long. */
  constructor(url: string, options: PostgresStoreOptions = {}) {
    this.#address = parsePostgresAddress(url);
    this.#names = postgresNames(options.table ?? "records");
    this.#key = [...new Set(options.key)];
    this.#ca = options.ca;
    this.#puts = new Semaphore(options.connections ?? 8);
    this.#timeoutSeconds = options.timeoutSeconds ?? 60;
    this.url = this.place = `${this.#address.shown}${this.#names.shown}/`;
  }

  async *list(signal: AbortSignal, after = ""): AsyncGenerator<StoredObject[]> {
    for (;;) {
      const rows = await this.#read(
        "list",
        "",
        signal,
        `where name > $1 order by name limit ${pageObjects}`,
        [
          after,
        ],
      );
      if (rows.length === 0) return;
      const page = rows.map(storedObject);
      after = page.at(-1)!.name;
      const objects = page.filter(({ name }) => isObjectName(name));
      if (objects.length > 0) yield objects;
      if (page.length < pageObjects) return;
    }
  }

  async head(name: string, signal: AbortSignal): Promise<MarkedObject | undefined> {
    const [row] = await this.#read("look at", name, signal, "where name = $1", [name]);
    if (row === undefined) return undefined;
    const { recipe, rejects, source_etag: sourceEtag } = row;
    const mark = typeof sourceEtag === "string" && typeof recipe === "string"
      ? { sourceEtag, recipe, rejects: Number(rejects) }
      : undefined;
    return { ...storedObject(row), mark };
  }

  read(object: StoredObject): Promise<never> {
    return Promise.reject(
      new Error(`Cannot read ${this.url}${object.name}: a database is a destination, not a source`),
    );
  }

  async put(name: string, bytes: Uint8Array<ArrayBuffer>, options: WriteOptions): Promise<string> {
    const upload = await this.#startUpload(name, options, true);
    try {
      if (bytes.length > 0) await upload.part(1, 0, bytes, options.signal);
      return await upload.complete(options.signal);
    } catch (error) {
      await upload.abort();
      throw error;
    }
  }

  startUpload(name: string, options: WriteOptions): Promise<Upload> {
    return this.#startUpload(name, options, false);
  }

  async #startUpload(name: string, options: WriteOptions, isWhole: boolean): Promise<Upload> {
    options.signal.throwIfAborted();
    const isRejects = name.startsWith(rejectsPrefix);
    const object = isRejects ? name.slice(rejectsPrefix.length) : name;
    if (object.includes("\0") || !object.isWellFormed()) {
      throw new Error(
        `Cannot write ${JSON.stringify(name)} to ${this.url}: no text of PostgreSQL can hold this name`,
      );
    }
    if (options.contentType !== "application/x-ndjson") {
      throw new Error(
        `Cannot write ${name} to ${this.url}: it is ${options.contentType}; only JSON lines become rows, ` +
          "leave it out with --exclude",
      );
    }
    try {
      await this.#try("write", name, options.signal, () => this.#ensureLedger());
    } catch (error) {
      await this.#dropRejects(object);
      throw error;
    }
    const transaction = await this.#transactionFor(
      object,
      isRejects ? "rejects" : "rows",
      async () => this.#connect(isWhole ? await this.#puts.acquire(options.signal) : () => {}),
    );
    const parts = transaction.content(isRejects ? "rejects" : "rows", options);
    const abort = async () => {
      await transaction.abort();
      this.#forget(object, transaction);
    };
    return {
      part: (number, _offset, bytes, signal) =>
        this.#try("write", name, signal, () => parts.send(number, bytes, signal)),
      complete: async (signal) => {
        const etag = crypto.randomUUID();
        if (isRejects) {
          transaction.rejectsAreComplete();
          return etag;
        }
        try {
          await this.#try(
            "write",
            name,
            signal,
            () => transaction.complete(etag, parts.bytes, options, signal),
          );
          return etag;
        } finally {
          await transaction.abort();
          this.#forget(object, transaction);
        }
      },
      abort,
    };
  }

  /**
   * Removes an output with its rows and its rejects. Of `_rejects/NAME`, removes what no output NAME stands beside:
   * else they go when that is written again.
   */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    const { objects, rejects, rows } = this.#names;
    const object = name.startsWith(rejectsPrefix) ? name.slice(rejectsPrefix.length) : undefined;
    if (object !== undefined) await this.#dropRejects(object);
    await this.#statement("remove", name, signal, async (link) => {
      const [found] = await link.query(
        "select to_regclass($1::text) is not null as objects, to_regclass($2::text) is not null as rows",
        [objects, rows],
        { signal },
      );
      if (found!.objects !== true) return;
      if (object !== undefined) {
        await link.query(
          `delete from ${rejects} where object = $1 and not exists (select from ${objects} where name = $1)`,
          [object],
          { signal },
        );
        return;
      }
      const dropRows = found!.rows === true ? `, r as (delete from ${rows} where sluice_object = $1)` : "";
      await link.query(
        `with o as (delete from ${objects} where name = $1), j as (delete from ${rejects} where object = $1)` +
          `${dropRows} select 1`,
        [name],
        { signal },
      );
    });
  }

  /** None: what is not complete is taken back by the server when its connection ends. */
  async *unfinishedUploads(): AsyncGenerator<UnfinishedUpload> {}

  async removeUpload(): Promise<void> {}

  /** Says which server it is, and what is there of the tables. */
  async describe(signal: AbortSignal): Promise<string> {
    const { objects, rows } = this.#names;
    const key = this.#key;
    return await this.#statement("look at", "", signal, async (link) => {
      const [found] = await link.query(
        `select current_setting('server_version') as version, to_regclass($1::text) is not null as rows,
          to_regclass($2::text) is not null as objects`,
        [rows, objects],
        { signal },
      );
      const keyed = key.length === 0 ? "" : `, upserts by ${key.join(", ")}`;
      const server = `PostgreSQL ${String(found!.version).split(" ")[0]}`;
      if (found!.rows !== true) {
        return `${this.url}: ${server}; no table ${this.#names.shown} yet: a run creates it${keyed}`;
      }
      const { columns, hasRest } = await readTable(link, this.#names, key, { signal });
      const [counted] = found!.objects === true
        ? await link.query(`select count(*)::text as n from ${objects}`, [], { signal })
        : [];
      const rest = hasRest ? "" : ", none for what has no column";
      return `${this.url}: ${server}; table ${this.#names.shown}, columns for fields: ${columns.length}${rest}` +
        `${keyed}; objects written: ${counted?.n ?? 0}`;
    });
  }

  /** Writes what a run writes, and takes it back. */
  async probe(signal: AbortSignal): Promise<string> {
    const name = `_sluice-probe-${crypto.randomUUID()}`;
    await this.#try("write", name, signal, () => this.#ensureLedger());
    await this.#statement("write", name, signal, async (link) => {
      const { objects } = this.#names;
      await link.query("begin", [], { signal });
      await link.query(
        `insert into ${objects} (name, etag, rows, bytes) values ($1, '', 0, 0)`,
        [name],
        { signal },
      );
      await link.query("create temp table sluice_probe (line bigint) on commit drop", [], { signal });
      await link.query("rollback", [], { signal });
    });
    return `${this.url}: the ledger can be written, and was left as it is`;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the store is closed"));
    const links = [...this.#idle.splice(0), ...this.#used.keys()];
    await Promise.all([...this.#transactions.values()].map((transaction) => transaction.abort()));
    await Promise.all(links.map((link) => link.close()));
  }

  /** The transaction that the rejects of this object wait in, or a new one. */
  async #transactionFor(
    object: string,
    content: PostgresContent,
    connect: () => Promise<PostgresLink>,
  ): Promise<PostgresTransaction> {
    const begun = this.#transactions.get(object);
    if (begun !== undefined && !begun.isEnded && !begun.claimed.has(content)) return begun;
    await this.#dropRejects(object);
    const transaction = new PostgresTransaction(object, {
      names: this.#names,
      key: this.#key,
      connect,
      release: (link, isGood) => this.#release(link, isGood),
      table: (sample) => this.#ensureTable(sample),
    });
    this.#transactions.set(object, transaction);
    return transaction;
  }

  /** Takes rejects back that no output has come for: it was given up. */
  async #dropRejects(object: string): Promise<void> {
    const begun = this.#transactions.get(object);
    if (begun === undefined || begun.claimed.has("rows")) return;
    await begun.abort();
    this.#forget(object, begun);
  }

  #forget(object: string, transaction: PostgresTransaction): void {
    if (this.#transactions.get(object) === transaction) this.#transactions.delete(object);
  }

  /** Waited for by all that write, so that none of their signals ends it. */
  async #ensureLedger(): Promise<void> {
    const { signal } = this.#closing;
    this.#ledger ??= this.#withLink(async (link) => {
      await this.#checkEncoding(link, signal);
      await ensureLedger(link, this.#names, { signal });
    });
    await this.#ledger.catch((error) => {
      this.#ledger = undefined; // the next one may find it better
      throw error;
    });
  }

  async #ensureTable(sample: Uint8Array): Promise<PostgresTable> {
    const { signal } = this.#closing;
    this.#table ??= this.#withLink((link) => ensureTable(link, this.#names, sample, this.#key, { signal }));
    return await this.#table.catch((error) => {
      this.#table = undefined;
      throw error;
    });
  }

  async #checkEncoding(link: PostgresLink, signal: AbortSignal): Promise<void> {
    if (this.#isUtf8) return;
    const [row] = await link.query("select current_setting('server_encoding') as encoding", [], { signal });
    if (row!.encoding !== "UTF8") {
      throw new Error(`the database's encoding is ${row!.encoding}; it must be UTF8 to hold every record`);
    }
    this.#isUtf8 = true;
  }

  /** Rows of the ledger; none where there is no such table yet. */
  async #read(
    action: string,
    name: string,
    signal: AbortSignal,
    clause: string,
    parameters: readonly string[],
  ): Promise<readonly PostgresRow[]> {
    return await this.#statement(action, name, signal, async (link) => {
      try {
        return await link.query(
          `select name, etag, source_etag, recipe, rejects::text, bytes::text,
            floor(extract(epoch from written_at) * 1000)::text as ms
          from ${this.#names.objects} ${clause}`,
          parameters,
          { signal },
        );
      } catch (error) {
        if ((error as { code?: string }).code === noSuchTable) return [];
        throw error;
      }
    });
  }

  #statement<T>(
    action: string,
    name: string,
    signal: AbortSignal,
    work: (link: PostgresLink) => Promise<T>,
  ): Promise<T> {
    return this.#try(action, name, signal, () => this.#withLink(work));
  }

  async #withLink<T>(work: (link: PostgresLink) => Promise<T>): Promise<T> {
    const link = this.#connect(await this.#statements.acquire(this.#closing.signal));
    let isGood = false;
    try {
      const done = await work(link);
      isGood = true;
      return done;
    } finally {
      await this.#release(link, isGood);
    }
  }

  /** A connection that nobody else uses; it is opened by the first statement. */
  #connect(release: () => void): PostgresLink {
    if (this.#closing.signal.aborted) {
      release();
      throw this.#closing.signal.reason;
    }
    let link = this.#idle.pop();
    while (link?.isDead) link = this.#idle.pop();
    link ??= new PostgresLink({
      address: this.#address,
      timeoutSeconds: this.#timeoutSeconds,
      ca: this.#ca,
    });
    this.#used.set(link, release);
    return link;
  }

  async #release(link: PostgresLink, isGood: boolean): Promise<void> {
    const release = this.#used.get(link);
    this.#used.delete(link);
    if (isGood && !link.isDead && !this.#closing.signal.aborted && this.#idle.length < maxIdleLinks) {
      this.#idle.push(link);
    } else await link.close();
    release?.();
  }

  /** Has a failure say what could not be done, and why; those that call for another attempt are told apart. */
  async #try<T>(action: string, name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      const message = `Cannot ${action} ${this.url}${name}: ${this.#why(cause as Error)}`;
      if (cause instanceof ConditionFailedError) throw new ConditionFailedError(message, { cause });
      const { code = "" } = cause as { code?: string };
      throw conflicts.has(code) ? new WriteConflictError(message, { cause }) : new Error(message, { cause });
    }
  }

  #why(error: Error): string {
    const { code, detail, where } = error as Error & { code?: string; detail?: string; where?: string };
    const host = this.#address.host;
    if (code === "CONNECT_TIMEOUT") return `no answer in ${this.#timeoutSeconds} s`;
    if (error.message.includes("before secure TLS connection")) {
      return `${host} does not speak TLS, which sslmode asks for`;
    }
    // Where in a COPY it was: the line is one of the rows that are sent, not of the object.
    const column = /, column (.+?): /.exec(where ?? "")?.[1];
    const parts = [error.message.replace(/\.$/, "")];
    if (column !== undefined) parts.push(`in column ${column}`);
    if (detail !== undefined) parts.push(cut(detail.replace(/\.$/, "")));
    return withCertificateAdvice(parts.join("; "), host, "postgresCa");
  }
}

/** The beginning of what the server says, which may quote a whole record. */
function cut(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

function storedObject({ bytes, etag, ms, name }: PostgresRow): StoredObject {
  return { name: String(name), etag: String(etag), bytes: Number(bytes), modifiedMs: Number(ms) };
}
