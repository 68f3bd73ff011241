import { type ErrorKind, SluiceError } from "../../errors/sluice_error.ts";
import { guessColumns } from "./guess_columns.ts";
import type { PostgresColumn } from "./postgres_column.ts";
import type { PostgresLink, StatementOptions } from "./postgres_link.ts";

/** The three tables of a sink, and the columns of the one for records. */
export interface PostgresTable {
  /** In the table's order, without `sluice_…` and without columns that the server fills. */
  readonly columns: readonly PostgresColumn[];
  readonly hasRest: boolean;
  readonly hasLine: boolean;
}

/** The names of a sink's tables, quoted for SQL. */
export interface PostgresNames {
  /** As users write it, with its schema where one was given. */
  readonly shown: string;
  /** As it is; absent for the first one of the search path. */
  readonly schema?: string;
  readonly rows: string;
  readonly objects: string;
  readonly rejects: string;
  /** Of what belongs to the tables, without a schema. */
  readonly local: (ending: string) => string;
}

/** Longest name that PostgreSQL keeps whole, and the longest ending that ours have. */
const maxNameBytes = 63 - "_objects_pkey".length;

/**
 * The names of the tables for records, objects and rejects.
 *
 * @param name `TABLE` or `SCHEMA.TABLE`, taken literally.
 * @throws {Error} It is too long.
 */
export function postgresNames(name: string): PostgresNames {
  const [, schema, table] = /^(?:([^.]+)\.)?(.+)$/s.exec(name)!;
  if (new TextEncoder().encode(table).length > maxNameBytes || /\0/.test(name)) {
    throw unusable("settings", name, `its name has more than ${maxNameBytes} bytes`);
  }
  const full = (ending: string) =>
    (schema === undefined ? "" : `${quoted(schema)}.`) + quoted(table + ending);
  return {
    shown: name,
    ...(schema !== undefined && { schema }),
    rows: full(""),
    objects: full("_objects"),
    rejects: full("_rejects"),
    local: (ending) => quoted(table + ending),
  };
}

/** A name as SQL takes it literally. */
export function quoted(name: string): string {
  return '"' + name.replaceAll('"', '""') + '"';
}

/** Creates the tables for objects and rejects if missing. */
export async function ensureLedger(
  link: PostgresLink,
  names: PostgresNames,
  options: StatementOptions,
): Promise<void> {
  if (await exists(link, names.objects, options) && await exists(link, names.rejects, options)) return;
  await link.query(
    `begin; ${lockOf(names)};
    create table if not exists ${names.objects} (
      name text collate "C" primary key, etag text not null, source_etag text, recipe text, rejects bigint,
      rows bigint not null, bytes bigint not null, written_at timestamptz not null default now()
    );
    create table if not exists ${names.rejects} (
      object text collate "C" not null, line bigint not null, reason text not null, text text, base64 text, bytes bigint
    );
    create index if not exists ${names.local("_rejects_object")} on ${names.rejects} (object);
    commit`,
    [],
    options,
  );
}

/**
 * The table for records, which is created if missing.
 *
 * @param sample JSON lines to make the columns from, called only when the table is created.
 * @param key Names of the columns that identify a record.
 * @throws {Error} A table that is there cannot be used with this key, or without one.
 */
export async function ensureTable(
  link: PostgresLink,
  names: PostgresNames,
  sample: () => Uint8Array,
  key: readonly string[],
  options: StatementOptions,
): Promise<PostgresTable> {
  if (!await exists(link, names.rows, options)) {
    const columns = guessColumns(sample(), key).map(({ name, type }) => `${quoted(name)} ${type}, `).join("");
    const list = key.map(quoted).join(", ");
    const unique = key.length === 0 ? "" : `, constraint ${names.local("_key")} unique (${list})`;
    const where = key.length === 0
      ? ""
      : ` where ${key.map((name) => `${quoted(name)} is null`).join(" or ")}`;
    await link.query(
      `begin; ${lockOf(names)};
      create table if not exists ${names.rows} (
        ${columns}sluice_rest jsonb, sluice_object text collate "C" not null, sluice_line bigint not null${unique}
      );
      create index if not exists ${names.local("_object")} on ${names.rows} (sluice_object)${where};
      commit`,
      [],
      options,
    );
  }
  return await readTable(link, names, key, options);
}

/** @throws {Error} The table for records is there, and cannot be used with this key. */
export async function checkTable(
  link: PostgresLink,
  names: PostgresNames,
  key: readonly string[],
  options: StatementOptions,
): Promise<void> {
  if (await exists(link, names.rows, options)) await readTable(link, names, key, options);
}

/** The table for records, which must be there. @throws {Error} It cannot be used with this key. */
export async function readTable(
  link: PostgresLink,
  names: PostgresNames,
  key: readonly string[],
  options: StatementOptions,
): Promise<PostgresTable> {
  const all = await link.query(
    `select attname as name, format_type(atttypid, atttypmod) as type, atthasdef as default,
      attgenerated <> '' or attidentity = 'a' as filled, attidentity = 'd' as identity,
      format_type(base.id, base.typmod) as base, (
        select json_agg(enumlabel) from pg_enum where enumtypid = base.id
      )::text as labels
    from pg_attribute cross join lateral (
      with recursive under(id, typmod) as (
        select atttypid, atttypmod
        union all select typbasetype, typtypmod from under join pg_type on oid = id where typtype = 'd'
      ) select id, typmod from under join pg_type on oid = id where typtype <> 'd'
    ) as base
    where attrelid = $1::text::regclass and attnum > 0 and not attisdropped order by attnum`,
    [names.rows],
    options,
  );
  const has = (name: string, type: string) =>
    all.some((column) => column.name === name && column.type === type);
  const columns = all.filter(({ name, filled }) => !filled && !String(name).startsWith("sluice_"))
    .map(({ name, type, base, labels, default: given, identity }): PostgresColumn => ({
      name: String(name),
      type: String(type),
      hasDefault: given === true || identity === true,
      base: String(base),
      ...(labels === null ? {} : { labels: JSON.parse(String(labels)) }),
    }));
  if (!has("sluice_object", "text")) {
    throw unusable(
      "sink",
      names.shown,
      "it has no column sluice_object of type text, which identifies the rows of an object; choose another --table",
    );
  }
  const missing = key.find((name) => !columns.some((column) => column.name === name));
  if (missing !== undefined) {
    throw unusable("settings", names.shown, `it has no column ${missing}, which tableKey names`);
  }
  if (key.length > 0 && !await isUnique(link, names, key, options)) {
    throw unusable(
      "settings",
      names.shown,
      `it has no unique index on (${key.join(", ")}), which tableKey names`,
    );
  }
  return { columns, hasRest: has("sluice_rest", "jsonb"), hasLine: has("sluice_line", "bigint") };
}

async function isUnique(
  link: PostgresLink,
  names: PostgresNames,
  key: readonly string[],
  options: StatementOptions,
): Promise<boolean> {
  const indexes = await link.query(
    `select array_to_json(array(
      select attname from pg_attribute where attrelid = i.indrelid and attnum = any(i.indkey[0:i.indnkeyatts-1])
    ))::text as columns, i.indnkeyatts as size
    from pg_index i where indrelid = $1::text::regclass and indisunique and indimmediate and indisvalid
      and indpred is null and indexprs is null`,
    [names.rows],
    options,
  );
  const wanted = [...new Set(key)].sort();
  return indexes.some(({ columns }) => {
    const found: string[] = JSON.parse(String(columns));
    return found.length === wanted.length && found.toSorted().every((name, i) => name === wanted[i]);
  });
}

async function exists(link: PostgresLink, table: string, options: StatementOptions): Promise<boolean> {
  const [row] = await link.query("select to_regclass($1::text) is not null as found", [table], options);
  return row!.found === true;
}

/** Two that create the same tables at once would fail with each other's. */
function lockOf({ shown }: PostgresNames): string {
  const text = shown.replaceAll("'", "''");
  return `select pg_advisory_xact_lock(hashtext('sluice ${text}'))`;
}

function unusable(kind: ErrorKind, table: string, reason: string): SluiceError {
  return new SluiceError({ kind, action: "use table", subject: table, reason });
}
