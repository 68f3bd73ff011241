import type { PostgresLink, StatementOptions } from "./postgres_link.ts";
import type { PostgresNames } from "./postgres_table.ts";

/**
 * What keeps the user from writing to a sink's tables: rights that are missing, a server that takes no writes, a schema
 * that is not there. Empty if nothing does.
 */
export async function missingRights(
  link: PostgresLink,
  names: PostgresNames,
  isKeyed: boolean,
  options: StatementOptions,
): Promise<readonly string[]> {
  const [found] = await link.query(
    `select current_database() as database, wanted.name as schema, oid is not null as "isThere",
      pg_is_in_recovery() as "isStandby", current_setting('transaction_read_only') = 'on' as "isReadOnly",
      has_database_privilege(current_database(), 'TEMPORARY') as "hasTemporary",
      has_schema_privilege(oid, 'USAGE') as "hasUsage", has_schema_privilege(oid, 'CREATE') as "hasCreate"
    from (select coalesce($1::text, current_schema()) as name) as wanted left join pg_namespace on nspname = wanted.name`,
    [names.schema ?? null],
    options,
  );
  const { database, hasCreate, hasTemporary, hasUsage, isReadOnly, isStandby, isThere, schema } = found!;
  if (isStandby) return ["the server is a standby, which takes no writes: name its primary"];
  if (isReadOnly) {
    return ["the session is read-only: default_transaction_read_only is on for the server, database or user"];
  }
  if (!isThere) {
    return [schema === null ? "no schema of the search_path can be used" : `schema ${schema} does not exist`];
  }
  const missing = hasTemporary ? [] : [`TEMPORARY on database ${database}`];
  if (!hasUsage) return lacks([...missing, `USAGE on schema ${schema}`]);
  const absent: string[] = [];
  for (const { ending, rights } of rightsOf(isKeyed)) {
    const [table] = await link.query(
      `select to_regclass($1::text) is not null as "isThere", array_to_string(array(
        select wanted from unnest(string_to_array($2::text, ',')) as wanted
        where not has_table_privilege(to_regclass($1::text), wanted)
      ), ', ') as lacks`,
      [{ "": names.rows, _objects: names.objects, _rejects: names.rejects }[ending], rights],
      options,
    );
    if (!table!.isThere) absent.push(names.shown + ending);
    else if (table!.lacks !== "") missing.push(`${table!.lacks} on table ${names.shown}${ending}`);
  }
  if (absent.length > 0 && !hasCreate) {
    missing.push(`CREATE on schema ${schema}, to create ${absent.join(", ")}`);
  }
  return lacks(missing);
}

function rightsOf(isKeyed: boolean) {
  return [
    { ending: "", rights: `SELECT,INSERT,${isKeyed ? "UPDATE,DELETE" : "DELETE"}` },
    { ending: "_objects", rights: "SELECT,INSERT,UPDATE" },
    { ending: "_rejects", rights: "SELECT,INSERT,DELETE" },
  ] as const;
}

function lacks(rights: readonly string[]): readonly string[] {
  return rights.length === 0 ? [] : [`the user lacks ${rights.join("; ")}: GRANT it`];
}
