/** What PostgreSQL says that it would do. */
import type { Fragment, Sql } from "../../lib/sql/open.ts";

export type Plan = {
  /** Names of the indexes that it reads. */
  indexes: ReadonlySet<string>;
  /** Names of the tables that it reads from beginning to end. */
  scanned: ReadonlySet<string>;
};

type Node = {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: Node[];
};
type Explained = { "QUERY PLAN": [{ Plan: Node }] };

/** The plan for these very parameters, and the one for any that a prepared statement may come to. */
export async function readPlans(
  sql: Sql,
  query: () => Fragment,
  parameter: string,
): Promise<{ custom: Plan; generic: Plan }> {
  const custom = await sql<Explained[]>`explain (format json) ${query()}`;
  const { string: text } = await query().describe();
  const generic = await sql.begin(async (tx) => {
    await tx`set local plan_cache_mode = force_generic_plan`;
    await tx.unsafe(`prepare explained as ${text}`);
    const rows = await tx.unsafe<Explained[]>(
      `explain (format json) execute explained('${parameter}')`,
    );
    await tx.unsafe("deallocate explained");
    return rows;
  });
  return { custom: planOf(custom), generic: planOf(generic) };
}

function planOf(rows: readonly Explained[]): Plan {
  const indexes = new Set<string>();
  const scanned = new Set<string>();
  const look = (node: Node) => {
    if (node["Index Name"] !== undefined) indexes.add(node["Index Name"]);
    if (node["Node Type"] === "Seq Scan") scanned.add(node["Relation Name"] ?? "");
    node.Plans?.forEach(look);
  };
  const plan = rows[0]?.["QUERY PLAN"] ?? Object.values(rows[0] ?? {})[0];
  if (plan === undefined) throw new Error("there is no plan");
  look(plan[0].Plan);
  return { indexes, scanned };
}
