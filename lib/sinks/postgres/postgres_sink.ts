import { plural } from "../../text/format.ts";
import type { Tell } from "../../text/tell.ts";
import { withCertificateAdvice } from "../../tls/certificate_advice.ts";
import type { Misfits } from "./judge_rows.ts";
import { parsePostgresAddress, type PostgresAddress } from "./postgres_address.ts";
import { columnFit, type PostgresColumn } from "./postgres_column.ts";
import { postgresAdvice } from "./postgres_advice.ts";
import { missingRights } from "./missing_rights.ts";
import { PostgresLink, type PostgresRow } from "./postgres_link.ts";
import {
  checkTable,
  ensureLedger,
  ensureTable,
  type PostgresNames,
  postgresNames,
  type PostgresTable,
  readTable,
} from "./postgres_table.ts";
import { postgresSettings } from "./postgres_settings.ts";
import { PostgresOutput } from "./postgres_output.ts";
import { PostgresTransaction } from "./postgres_transaction.ts";
import { Semaphore } from "./semaphore.ts";
import { reasonOf, SluiceError } from "../../errors/sluice_error.ts";
import {
  isObjectName,
  type ListOptions,
  type MarkedObject,
  type StoredObject,
  WriteConflictError,
} from "../../stores/store.ts";
import type { KeptRejects } from "../kept_rejects.ts";
import type { Output, OutputUnit, Sink, SinkAbilities } from "../sink.ts";
import { tableAbilities } from "../sink_abilities.ts";

export interface PostgresSinkOptions {
  /** `TABLE` or `SCHEMA.TABLE`. Defaults to `records`. */
  readonly table?: string;
  /** Names of the columns that identify a record; without any, an object's rows take the place of its earlier ones. */
  readonly key?: readonly string[];
  /** How long the server may be silent, in seconds. Defaults to 60. */
  readonly timeoutSeconds?: number;
  /** Certificate authorities to check the server with, PEM. */
  readonly ca?: string;
  /** Connections for outputs of up to 8 MiB, at most. Defaults to 8. */
  readonly connections?: number;
  /** Called once for each column with values that it would have changed. */
  readonly onTrouble?: Tell;
}

/** Objects on a page of a listing. */
const pageObjects = 1_000;
/** Connections for all that is no output, at most. */
const maxStatementsAtOnce = 4;
/** UTF-16 units of what the server says about a row that a message quotes. */
const maxDetailLength = 300;
/** The server's words for work that has to be done again: serialization failures and deadlocks. */
const conflicts = new Set(["40001", "40P01"]);
const noSuchTable = "42P01", noSuchColumn = "42703", notAllowed = "42501";

/**
 * A table in PostgreSQL as a sink: a row for each record, of JSON lines and of CSV; a ledger of the objects beside it,
 * `TABLE_objects`; and their rejects, `TABLE_rejects`. All of an object becomes visible in one transaction, which locks its
 * row of the ledger. Tables are created by the first write. Without a key, an object's rows take the place of its earlier
 * ones; with one, a record takes the place of the one with the same key, also one of another object, and records
 * without a whole key belong to their object. Large outputs have connections of their own, since they wait for the
 * pipeline, which must not wait for them.
 */
export class PostgresSink implements Sink {
  readonly url: string;
  readonly abilities: SinkAbilities = tableAbilities;
  readonly rejectsIn: string;
  readonly #address: PostgresAddress;
  readonly #names: PostgresNames;
  readonly #key: readonly string[];
  readonly #ca: string | undefined;
  readonly #timeoutSeconds: number;
  /** Connections that are kept open while nobody uses them: as many as outputs may use. */
  readonly #maxIdleLinks: number;
  readonly #idle: PostgresLink[] = [];
  /** Connections in use, with what gives their permits back. */
  readonly #used = new Map<PostgresLink, () => void>();
  readonly #statements = new Semaphore(maxStatementsAtOnce);
  /** For outputs that are at hand as a whole. */
  readonly #whole: Semaphore;
  /** Those that have a connection. */
  readonly #transactions = new Set<PostgresTransaction>();
  #ledger: Promise<void> | undefined;
  #usable: Promise<void> | undefined;
  #table: Promise<PostgresTable> | undefined;
  #isUtf8 = false;
  readonly #onTrouble: Tell;
  /** Columns whose misfits were reported. */
  readonly #reported = new Set<string>();
  readonly #closing = new AbortController();

  /** @throws {SluiceError} It is not an address; the table's name is too long. */
  constructor(url: string, options: PostgresSinkOptions = {}) {
    this.#address = parsePostgresAddress(url);
    this.#names = postgresNames(options.table ?? postgresSettings.table.default);
    this.#key = [...new Set(options.key)];
    this.#ca = options.ca;
    this.#onTrouble = options.onTrouble ?? (() => {});
    const { connections, timeout } = postgresSettings;
    this.#maxIdleLinks = options.connections ?? connections.default;
    this.#whole = new Semaphore(this.#maxIdleLinks);
    this.#timeoutSeconds = options.timeoutSeconds ?? timeout.default;
    this.url = `${this.#address.shown}${this.#names.shown}/`;
    const { ignored } = this.#address;
    if (ignored !== undefined) {
      this.#onTrouble(
        `Ignored in the address of ${this.url}: ${ignored.join(", ")}, which change nothing here`,
        "info",
      );
    }
    this.rejectsIn = `${this.#address.shown}${this.#names.shown}_rejects`;
  }

  async *list(
    signal: AbortSignal,
    { after = "" }: Pick<ListOptions, "after"> = {},
  ): AsyncGenerator<StoredObject[]> {
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
    // A row of the ledger is Sluice's also where somebody has cleared columns, to have the object processed again.
    const mark = { sourceEtag: text(sourceEtag), recipe: text(recipe), rejects: Number(rejects) };
    return { ...storedObject(row), mark };
  }

  async keptRejects(name: string, signal: AbortSignal): Promise<KeptRejects> {
    return await this.#statement("look at", name, signal, async (link) => {
      const [found] = await link.query("select to_regclass($1::text) is not null as there", [
        this.#names.rejects,
      ], { signal });
      if (found!.there !== true) return {};
      const rows = await link.query(
        `select reason, count(*)::text as n from ${this.#names.rejects} where object = $1 group by reason order by reason`,
        [name],
        { signal },
      );
      return Object.fromEntries(rows.map(({ n, reason }) => [String(reason), Number(n)]));
    });
  }

  begin(unit: OutputUnit): Output {
    const { condition, name, signal } = unit;
    const address = this.url + name;
    if (name.includes("\0") || !name.isWellFormed()) {
      throw new SluiceError({
        kind: "data",
        action: "write",
        subject: `${JSON.stringify(name)} to ${this.url}`,
        reason: "no text of PostgreSQL can hold this name",
      });
    }
    const onMisfits = (misfits: readonly Misfits[]) => this.#report(address, misfits);
    const transaction = new PostgresTransaction({
      ...{ name, address, condition, signal },
      names: this.#names,
      key: this.#key,
      connect: async (isWhole) => {
        await this.#ensureLedger();
        const link = this.#connect(isWhole ? await this.#whole.acquire(signal) : () => {});
        this.#transactions.add(transaction);
        return link;
      },
      release: async (link, isGood) => {
        this.#transactions.delete(transaction);
        await this.#release(link, isGood);
      },
      onMisfits,
    });
    return new PostgresOutput({
      unit,
      transaction,
      table: (sample) => this.#ensureTable(sample),
      onMisfits,
      ready: () => this.#ensureUsable(),
      trying: (work) => this.#try("write", name, signal, work),
    });
  }

  /** Says which server it is, and what is there of the tables. */
  async describe(signal: AbortSignal, outputField?: string): Promise<string> {
    const { objects, rows } = this.#names;
    const key = this.#key;
    return await this.#statement("look at", "", signal, async (link) => {
      await this.#checkRights(link, signal);
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
        `${keyed}; objects written: ${counted?.n ?? 0}${answersText(columns, outputField)}`;
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
    this.#closing.abort(new Error("the sink is closed"));
    const links = [...this.#idle.splice(0), ...this.#used.keys()];
    await Promise.all([...this.#transactions].map((transaction) => transaction.abort()));
    await Promise.all(links.map((link) => link.close()));
  }

  #report(address: string, misfits: readonly Misfits[]): void {
    for (const { count, line, name, type } of misfits) {
      if (this.#reported.has(name)) continue;
      this.#reported.add(name);
      this.#onTrouble(
        `Column ${name} of type ${type} would change ${
          plural(count, "value")
        } of ${address}, the first in line ` +
          `${line}: such values are kept in sluice_rest; those of other objects are not reported`,
      );
    }
  }

  /** Waited for by all that write, as {@linkcode PostgresSink.#ensureLedger}. @throws {SluiceError} Rights are missing, or the table for records cannot be used. */
  async #ensureUsable(): Promise<void> {
    const { signal } = this.#closing;
    this.#usable ??= this.#withLink(async (link) => {
      await this.#checkRights(link, signal);
      await checkTable(link, this.#names, this.#key, { signal });
    });
    await this.#usable.catch((error) => {
      this.#usable = undefined;
      throw error;
    });
  }

  async #checkRights(link: PostgresLink, signal: AbortSignal): Promise<void> {
    const missing = await missingRights(link, this.#names, this.#key.length > 0, { signal });
    if (missing.length === 0) return;
    throw new SluiceError({
      kind: "sink",
      action: "write to",
      subject: this.url,
      reason: missing.join("; "),
    });
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

  async #ensureTable(sample: () => Uint8Array): Promise<PostgresTable> {
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
        const { code } = error as { code?: string };
        if (code === noSuchTable) return [];
        if (code === notAllowed) await this.#checkRights(link, signal);
        if (code === noSuchColumn) {
          const found = `${this.#names.shown}_objects is there and is no table of Sluice`;
          throw new Error(`${found} (${reasonOf(error)}): choose another --table`, { cause: error });
        }
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

  /** A connection for this alone; it is opened by the first statement. */
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
    if (isGood && !link.isDead && !this.#closing.signal.aborted && this.#idle.length < this.#maxIdleLinks) {
      this.#idle.push(link);
    } else await link.close();
    release?.();
  }

  /** Has a failure say what could not be done, and why; those that call for another attempt are distinguished. */
  async #try<T>(action: string, name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (cause) {
      signal.throwIfAborted();
      const subject = this.url + name;
      // One about this object says already what failed.
      if (cause instanceof SluiceError && cause.subject === subject) throw cause;
      const isOurs = cause instanceof SluiceError;
      const what = {
        action,
        subject,
        reason: isOurs ? reasonOf(cause, subject) : this.#why(cause as Error),
        cause,
      };
      const { code = "" } = cause as { code?: string };
      throw conflicts.has(code)
        ? new WriteConflictError(what)
        : new SluiceError({ ...what, kind: isOurs ? cause.kind : "sink" });
    }
  }

  #why(error: Error): string {
    const { code, detail, where } = error as Error & { code?: string; detail?: string; where?: string };
    const host = this.#address.host;
    if (code === "CONNECT_TIMEOUT") return `no answer in ${this.#timeoutSeconds} s`;
    // The client has no code for it.
    if (error.message.includes("before secure TLS connection")) {
      return `${host} does not speak TLS, which sslmode asks for`;
    }
    // Where in a COPY it was: the line is one of the rows that are sent, not of the object.
    const column = /, column (.+?): /.exec(where ?? "")?.[1];
    const parts = [error.message.replace(/\.$/, "")];
    if (column !== undefined) parts.push(`in column ${column}`);
    if (detail !== undefined) parts.push(cut(detail.replace(/\.$/, "")));
    const advice = postgresAdvice(code);
    if (advice !== undefined) parts.push(advice);
    return withCertificateAdvice(parts.join("; "), host, "postgresCa");
  }
}

/** Says so if answers would be kept in `sluice_rest`, since the column of their name cannot hold them. */
function answersText(columns: readonly PostgresColumn[], outputField: string | undefined): string {
  const column = columns.find(({ name }) => name === outputField);
  if (column === undefined) return "";
  const { json, number } = columnFit(column);
  if (json || number !== false) return "";
  return `; column ${outputField} of type ${column.type} takes no number, so answers are kept in sluice_rest: ` +
    `alter it to smallint, or choose another --output-field`;
}

/** What stands for a mark that was cleared: no object has it. */
function text(value: unknown): string {
  return typeof value === "string" ? value : "-";
}

/** The beginning of what the server says, which may quote a whole record. */
function cut(text: string): string {
  return text.length <= maxDetailLength ? text : `${text.slice(0, maxDetailLength)}…`;
}

function storedObject({ bytes, etag, ms, name }: PostgresRow): StoredObject {
  return { name: String(name), etag: String(etag), bytes: Number(bytes), modifiedMs: Number(ms) };
}
