/** Checks a tenant's whole audit: its chain, its head, and the seals that are known of it. */
import { z } from "zod";
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Queries, type Sql } from "../../platform/postgres.ts";
import { ChainCheck, type ChainedRow, type ChainFault, type Mark } from "./chain.ts";
import { isSignedBy, readSeals, type Seal } from "./seals.ts";

export type AuditReport = {
  readonly tenantId: string;
  readonly tenant: string;
  readonly rows: number;
  /** Seals that could be checked, and those that another key signed. */
  readonly seals: number;
  readonly foreignSeals: number;
  readonly faults: readonly ChainFault[];
};

const PAGE = 1_000;

/** `kept`: seals that were copied away before. Every tenant, by name. */
export async function verifyAudit(
  sql: Sql,
  { key, kept = [] }: { readonly key: Buffer; readonly kept?: readonly Seal[] },
): Promise<readonly AuditReport[]> {
  const tenants = await sql<{ id: string }[]>`select tenant_ids() as id`;
  const reports: AuditReport[] = [];
  for (const { id } of tenants) {
    const own = kept.filter(({ tenantId }) => tenantId === id);
    reports.push(await inTenant(sql, id, (tx) => verifyTenant(tx, id, { key, kept: own })));
  }
  return reports.toSorted((a, b) => a.tenant.localeCompare(b.tenant));
}

type With = { readonly key: Buffer; readonly kept: readonly Seal[] };

async function verifyTenant(tx: Queries, tenantId: string, { key, kept }: With) {
  const [tenant] = await tx<{ name: string }[]>`select name from tenants`;
  const found = [...(await readSeals(tx, tenantId)), ...kept];
  const judged = found.map((seal) => ({ seal, isSound: isSignedBy(key, seal) }));
  const sound = judged.filter(({ isSound }) => isSound === true).map(({ seal }) => seal);
  const check = new ChainCheck(sound);
  // What is written meanwhile comes after this head, and is left for next time.
  const [head = null] = await tx<Mark[]>`select number, hash from audit_heads`;
  const through = head?.number ?? Number.MAX_SAFE_INTEGER;
  for (let after = 0, more = true; more; ) {
    const rows = await readRows(tx, { tenantId, after, through });
    for (const row of rows) check.add(row);
    after = rows.at(-1)?.number ?? after;
    more = rows.length === PAGE;
  }
  const [beyond] = await tx<{ number: number | null }[]>`select min(number) as number from audit
    where number > (select number from audit_heads)`;
  const forged = judged.filter(({ isSound }) => isSound === false).map(({ seal }) => seal.number);
  return {
    tenantId,
    tenant: tenant?.name ?? tenantId,
    rows: check.rows,
    seals: sound.length,
    foreignSeals: judged.filter(({ isSound }) => isSound === null).length,
    faults: [...check.end(head, beyond?.number ?? null), ...forged.map(forgedSeal)],
  };
}

const forgedSeal = (number: number): ChainFault => ({
  ...{ number, kind: "forged-seal" as const },
  words: `the seal of row ${number} is not ours: it was changed, or another key made it`,
});

type Page = { readonly tenantId: string; readonly after: number; readonly through: number };

async function readRows(tx: Queries, { tenantId, after, through }: Page): Promise<ChainedRow[]> {
  const rows = await tx<(Omit<ChainedRow, "tenantId" | "atMicros"> & { at_micros: string })[]>`
    select number, by_whom as by, address, action, subject, before::text as before,
      after::text as after, (extract(epoch from at) * 1000000)::bigint::text as at_micros,
      previous, hash
    from audit where number > ${after} and number <= ${through} order by number limit ${PAGE}`;
  return rows.map(({ at_micros: atMicros, ...row }) => ({ ...row, tenantId, atMicros }));
}

const hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => Buffer.from(text, "hex"));

const SEAL = z.strictObject({
  tenantId: z.uuid(),
  number: z.int().positive(),
  hash: hex,
  keyId: z.string(),
  signature: hex,
});

/** Lines as formatSeal wrote them. BAD_INPUT names the line that is none. */
export function parseSeals(text: string): readonly Seal[] {
  return text
    .split("\n")
    .map((line, index) => ({ line: line.trim(), place: index + 1 }))
    .filter(({ line }) => line !== "")
    .map(({ line, place }) => parseSeal(line, place));
}

function parseSeal(line: string, place: number): Seal {
  try {
    return SEAL.parse(JSON.parse(line));
  } catch (cause) {
    throw noSeal(place, cause);
  }
}

function noSeal(line: number, cause: unknown): LockstepError {
  const expected = "a seal as `lockstep audit seal` prints them";
  return new LockstepError("BAD_INPUT", { line, expected }, { cause });
}
