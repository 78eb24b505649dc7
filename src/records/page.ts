/**
 * Lists in pages that neither skip nor repeat a row while others are written: a page begins after
 * the place of the last row of the one before, in an order that is total.
 */
import type { PendingQuery } from "postgres";
import { LockstepError } from "../domain/errors.ts";
import { inTenant, type Queries, type Sql } from "../platform/postgres.ts";
import type { Row, View } from "./view.ts";

export type Place = readonly string[];

export type PageRequest = { readonly limit: number; readonly after: Place | null };

export type Page = { readonly rows: readonly Row[]; readonly next: Place | null };

/** Of what kind the ordering columns o1 and o2 of a listing are. */
export type Order = {
  readonly by: readonly [PlaceType, PlaceType];
  readonly ascending?: boolean;
};

type PlaceType = "instant" | "uuid" | "text" | "number";

const PATTERNS: Readonly<Record<PlaceType, RegExp>> = {
  instant: /^-?\d{1,16}$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  text: /^[^\0]{0,200}$/u,
  number: /^-?\d{1,15}$/,
};

/** `select` gives rows with o1 and o2, which order them and are not answered. */
export async function readPage(
  sql: Sql,
  view: View,
  { order, page }: { readonly order: Order; readonly page: PageRequest },
  select: (tx: Queries) => PendingQuery<Row[]>,
): Promise<Page> {
  const { by, ascending = false } = order;
  const after = page.after === null ? null : checked(page.after, by);
  const rows = await inTenant(sql, view.tenantId, async (tx) => {
    const way = ascending ? tx`asc` : tx`desc`;
    const beyond = ascending ? tx`>` : tx`<`;
    const from =
      after === null
        ? tx`true`
        : tx`(o1, o2) ${beyond} (${place(tx, by[0], after[0])}, ${place(tx, by[1], after[1])})`;
    return tx<Row[]>`
      select q.*, ${written(tx, by[0], "o1")} as c1, ${written(tx, by[1], "o2")} as c2
      from (${select(tx)}) q where ${from}
      order by o1 ${way}, o2 ${way} limit ${page.limit + 1}`;
  });
  const kept = rows.slice(0, page.limit);
  const last = kept.at(-1);
  const next =
    rows.length > page.limit && last !== undefined
      ? [String(last["c1"]), String(last["c2"])]
      : null;
  return { rows: kept.map(bare), next };
}

function bare({ o1: _1, o2: _2, c1: _3, c2: _4, ...row }: Row): Row {
  return row;
}

function checked(after: Place, by: Order["by"]): readonly [string, string] {
  const [first = "", second = ""] = after;
  if (after.length === 2 && PATTERNS[by[0]].test(first) && PATTERNS[by[1]].test(second)) {
    return [first, second];
  }
  throw new LockstepError("BAD_INPUT", { field: "cursor", expected: "a cursor of this list" });
}

/** Instants go as whole microseconds, so that none is lost in between. */
function written(tx: Queries, type: PlaceType, column: "o1" | "o2") {
  if (type !== "instant") return tx`${tx(column)}::text`;
  return tx`(extract(epoch from ${tx(column)}) * 1000000)::bigint::text`;
}

function place(tx: Queries, type: PlaceType, value: string) {
  if (type === "instant") {
    return tx`timestamptz 'epoch' + ${value}::text::float8 * interval '1 microsecond'`;
  }
  if (type === "uuid") return tx`${value}::uuid`;
  return type === "number" ? tx`${value}::text::bigint` : tx`${value}::text`;
}
