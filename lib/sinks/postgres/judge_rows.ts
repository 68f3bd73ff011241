import { noPlace } from "./no_place.ts";
import { columnFit } from "./postgres_column.ts";
import type { PostgresLink, StatementOptions } from "./postgres_link.ts";
import { type PostgresTable, quoted } from "./postgres_table.ts";

/** The values that a column would have changed, of one object; they are in `sluice_rest` instead. */
export interface Misfits {
  readonly name: string;
  /** The column's type, as SQL writes it. */
  readonly type: string;
  readonly count: number;
  /** Line of the output that has the first one. */
  readonly line: number;
}

/** The temporary table that rows are sent to. */
export const stagedRows = "pg_temp.sluice_rows";

/** The columns of {@linkcode stagedRows}, as SQL. What only the server can judge is sent to it as text. */
export function stagedColumns({ columns }: PostgresTable): string {
  return [
    ...columns.map((column) =>
      `${quoted(column.name)} ${columnFit(column).isCompared ? "text" : column.type}`
    ),
    "sluice_rest jsonb",
    "sluice_line bigint",
  ].join(", ");
}

/**
 * Has the server judge values of the staged rows that we cannot: one that its column would give back otherwise moves to
 * the rest.
 *
 * @returns What stands behind FROM to read the rows, and what was moved.
 * @throws {SluiceError} There is such a value, and the table has no `sluice_rest`.
 */
export async function judgeRows(
  link: PostgresLink,
  table: PostgresTable,
  options: StatementOptions,
): Promise<{ readonly from: string; readonly misfits: readonly Misfits[] }> {
  const compared = new Set(table.columns.filter((column) => columnFit(column).isCompared));
  const misfits: Misfits[] = [];
  if (compared.size === 0) return { from: stagedRows, misfits };
  for (const { name, type } of compared) {
    const value = quoted(name), field = `'${name.replaceAll("'", "''")}'`;
    // As the type itself writes it: a cast to text writes an inet otherwise.
    const readBack = `format('%s', cast(${value} as ${type}))`;
    const [moved] = await link.query(
      `with moved as (
        update ${stagedRows} set sluice_rest = coalesce(sluice_rest, '{}') || jsonb_build_object(${field}, ${value}),
          ${value} = null
        where ${value} is not null and ${readBack} <> ${value}
        returning sluice_line as line, sluice_rest -> ${field} as value
      ) select line::text, value::text, (select count(*) from moved)::text as count
      from moved order by moved.line limit 1`,
      [],
      options,
    );
    if (moved === undefined) continue;
    const line = Number(moved.line);
    if (!table.hasRest) throw noPlace(line, JSON.stringify(name), { value: String(moved.value), type });
    misfits.push({ name, type, count: Number(moved.count), line });
  }
  const columns = table.columns.map((column) => {
    const name = quoted(column.name);
    return compared.has(column) ? `cast(${name} as ${column.type}) as ${name}` : name;
  });
  return {
    from: `(select ${[...columns, "sluice_rest", "sluice_line"].join(", ")} from ${stagedRows}) as judged`,
    misfits,
  };
}
