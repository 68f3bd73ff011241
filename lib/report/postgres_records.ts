import { reasonOf, SluiceError } from "../errors/sluice_error.ts";
import { withCertificateAdvice } from "../tls/certificate_advice.ts";
import { parsePostgresAddress, type PostgresAddress } from "../sinks/postgres/postgres_address.ts";
import { PostgresLink } from "../sinks/postgres/postgres_link.ts";
import { postgresNames, quoted } from "../sinks/postgres/postgres_table.ts";
import { plural } from "../text/format.ts";
import type { GroupTable } from "./group_table.ts";
import { SeenFields } from "./seen_fields.ts";
import type { ReadIntoOptions, RecordSource } from "./record_source.ts";

export interface PostgresRecordsOptions {
  /** `TABLE` or `SCHEMA.TABLE`, as `sluice run` has it. */
  readonly table: string;
  /** Certificate authorities to check the server with, PEM. */
  readonly ca?: string;
  /** How long the server may take to connect, in seconds; counting may take an hour. */
  readonly timeoutSeconds: number;
}

/** How long the one query that counts may take, in seconds. */
const countSeconds = 3_600;

/** The records of a table that `sluice run` has filled. The database counts them and sends groups and levels, not records. */
export class PostgresRecords implements RecordSource {
  readonly url: string;
  readonly #address: PostgresAddress;
  readonly #link: PostgresLink;
  readonly #table: string;
  #progress = "the database is counting";
  #seen = new SeenFields([]);

  /** @throws {SluiceError} The address is not that of a database, or the table's name is invalid. */
  constructor(url: string, { table, ca, timeoutSeconds }: PostgresRecordsOptions) {
    this.#address = parsePostgresAddress(url);
    this.#table = postgresNames(table).rows;
    this.url = `${this.#address.shown}${table}`;
    this.#link = new PostgresLink({ address: this.#address, ca, timeoutSeconds });
  }

  get progress(): readonly string[] {
    return [this.#progress];
  }

  /** As {@linkcode RecordSource} says; a field without a column is looked for in `sluice_rest`. */
  async readInto(table: GroupTable, { field, signal }: ReadIntoOptions): Promise<void> {
    this.#seen = new SeenFields(table.by);
    for (const { kind, level, records, ...group } of await this.#counted(table.by, field, signal)) {
      const names = table.by.map((_, i) => (group[`g${i}`] ?? undefined) as string | undefined);
      names.forEach((name, i) => name !== undefined && this.#seen.see(i));
      table.add(names, kind === "number" ? Number(level) : level ?? undefined, Number(records));
    }
    this.#progress = plural(table.size, "group");
    if (table.records === 0) {
      throw new SluiceError({
        kind: "data",
        action: "report on",
        subject: this.url,
        reason: `it has no record with a level in ${field}`,
      });
    }
  }

  /** A field without a column is missing if no row has a value for it in `sluice_rest`. */
  async missingFields(table: GroupTable, signal: AbortSignal): Promise<string | undefined> {
    const seen = this.#seen;
    if (seen.missingText(table.records) === undefined) return undefined;
    const columns = await this.#columns(signal);
    table.by.forEach((name, i) => columns.has(name) && seen.see(i));
    seen.found.add([...columns].filter((name) => !name.startsWith("sluice_")));
    return seen.missingText(table.records);
  }

  /** The table's columns, system columns and dropped ones left out. */
  async #columns(signal: AbortSignal): Promise<Set<string>> {
    const found = await this.#link.query(
      "select attname from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped",
      [this.#table],
      { signal },
    );
    return new Set(found.map(({ attname }) => String(attname)));
  }

  /** A row for each group and level. */
  async #counted(by: readonly string[], field: string, signal: AbortSignal) {
    try {
      const columns = await this.#columns(signal);
      const groups = by.map((name, i) => `(${valueOf(name, columns)}) #>> '{}' as g${i}`);
      const places = by.map((_, i) => `g${i}`).join(", ");
      return await this.#link.query(
        `select ${places}, jsonb_typeof(level) as kind, level #>> '{}' as level, count(*)::text as records ` +
          `from (select ${groups.join(", ")}, ${
            valueOf(field, columns)
          } as level from ${this.#table} as t) as r ` +
          `group by ${places}, kind, level`,
        [],
        { signal, timeoutSeconds: countSeconds },
      );
    } catch (cause) {
      signal.throwIfAborted();
      const why = withCertificateAdvice(reasonOf(cause).replace(/\.$/, ""), this.#address.host, "postgresCa");
      throw new SluiceError({ kind: "source", action: "read", subject: this.url, reason: why, cause });
    }
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}

/** An SQL expression for a field's value as JSON: its column, else its key in `sluice_rest`, else its path. */
function valueOf(name: string, columns: ReadonlySet<string>): string {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const choices: string[] = [];
  if (columns.has(name)) choices.push(`to_jsonb(t.${quoted(name)})`);
  const hasRest = columns.has("sluice_rest");
  if (hasRest) choices.push(`t.sluice_rest -> ${text(name)}`);
  const [first, ...path] = name.split(".");
  if (path.length > 0) {
    const steps = `array[${path.map(text).join(", ")}]`;
    if (columns.has(first!)) choices.push(`to_jsonb(t.${quoted(first!)}) #> ${steps}`);
    if (hasRest) choices.push(`t.sluice_rest #> array[${[first!, ...path].map(text).join(", ")}]`);
  }
  return choices.length === 0 ? "null::jsonb" : `coalesce(${choices.join(", ")})`;
}
