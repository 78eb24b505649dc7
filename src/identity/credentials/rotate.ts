/**
 * Puts every secret of the ledger under the newest master key, each in its own envelope: what is inside
 * is not touched. Invariants: stopped in between, nothing is lost, and the next run goes on; a hub that
 * runs meanwhile opens both; what was replaced in the meantime is left as it is.
 */
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import type { Sealer } from "../../platform/sealed.ts";
import { recordAudit } from "../audit/record.ts";
import { seedBelongsTo } from "../people/sign-in.ts";
import { credentialBelongsTo } from "./service.ts";

type Row = { readonly id: string; readonly version: number | null; readonly sealed: string };

/** Where sealed texts stand, and what each is sealed for. */
type Place = {
  readonly table: string;
  readonly column: string;
  readonly id: string;
  readonly version?: string;
  belongsTo(tenantId: string, row: Row): readonly string[];
};

const PLACES: readonly Place[] = [
  {
    ...{ table: "account_credentials", column: "sealed", id: "account_id", version: "version" },
    belongsTo: (tenantId, { id, version }) => credentialBelongsTo(tenantId, id, version ?? 0),
  },
  {
    ...{ table: "devices", column: "key", id: "device_id" },
    belongsTo: (tenantId, { id }) => [tenantId, "devices", id],
  },
  {
    ...{ table: "pairing_codes", column: "secret", id: "code_id" },
    belongsTo: (tenantId, { id }) => [tenantId, "pairing_codes", id],
  },
  {
    ...{ table: "people", column: "totp_seed", id: "person_id" },
    belongsTo: (_, { id }) => seedBelongsTo(id),
  },
  ...["secret", "old_secret"].map((column) => ({
    ...{ table: "webhook_endpoints", column, id: "endpoint_id" },
    belongsTo: (tenantId: string, { id }: Row) => [tenantId, "webhook_endpoints", id],
  })),
];

export type Rotated = { readonly table: string; readonly rewrapped: number };

/** `owner`: the database's owner, since the application's role may edit none of it. */
export async function rotateSealed(
  owner: Sql,
  sealer: Sealer,
  by: string,
): Promise<readonly Rotated[]> {
  const tenants = await owner<{ id: string }[]>`select tenant_ids() as id`;
  const totals = new Map(PLACES.map(({ table }) => [table, 0]));
  for (const { id: tenantId } of tenants) {
    await inTenant(owner, tenantId, async (tx) => {
      const counts: Record<string, number> = {};
      for (const place of PLACES) {
        counts[place.table] = await rewrapPlace(tx, sealer, { tenantId, place });
        totals.set(place.table, (totals.get(place.table) ?? 0) + (counts[place.table] ?? 0));
      }
      const entry = { tenantId, by, address: null, action: "rotate master key" };
      await recordAudit(tx, { ...entry, subject: "sealed secrets", after: counts });
    });
  }
  return [...totals].map(([table, rewrapped]) => ({ table, rewrapped }));
}

type At = { readonly tenantId: string; readonly place: Place };

async function rewrapPlace(tx: Queries, sealer: Sealer, { tenantId, place }: At): Promise<number> {
  const { table, column, id, version } = place;
  const rows = await tx<Row[]>`
    select ${tx(id)}::text as id, ${version === undefined ? null : tx(version)}::int as version,
      ${tx(column)} as sealed
    from ${tx(table)} where tenant_id = ${tenantId} and ${tx(column)} <> ''`;
  let rewrapped = 0;
  for (const row of rows) {
    const sealed = sealer.rewrap(row.sealed, place.belongsTo(tenantId, row));
    if (sealed === null) continue;
    const done = await tx`update ${tx(table)} set ${tx(column)} = ${sealed}
      where tenant_id = ${tenantId} and ${tx(id)}::text = ${row.id}
        and ${tx(column)} = ${row.sealed} returning 1`;
    rewrapped += done.length;
  }
  return rewrapped;
}
