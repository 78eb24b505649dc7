/** People and their sessions in the ledger. */
import type { Queries, Sql } from "../../platform/postgres.ts";
import type { Role } from "../principal.ts";

export type Person = {
  readonly personId: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly emailVerifiedAt: Date | null;
  readonly disabledAt: Date | null;
  readonly hasTotp: boolean;
  readonly createdAt: Date;
};

/** With what only signing in may see. */
export type PersonSecrets = Person & {
  readonly password: string | null;
  readonly totpSeed: string | null;
  readonly totpStep: number | null;
};

type Row = {
  readonly person_id: string;
  readonly email: string;
  readonly name: string;
  readonly roles: Role[];
  readonly email_verified_at: Date | null;
  readonly disabled_at: Date | null;
  readonly totp_confirmed_at: Date | null;
  readonly created_at: Date;
  readonly password: string | null;
  readonly totp_seed: string | null;
  readonly totp_step: number | null;
};

type By = { readonly personId?: string; readonly email?: string };

/** Oldest first; one, or all where nothing is asked for. */
export async function readPeople(tx: Queries, by: By = {}): Promise<PersonSecrets[]> {
  const { personId = null, email = null } = by;
  const rows = await tx<Row[]>`
    select person_id, email, name, to_json(roles) as roles, email_verified_at, disabled_at,
      totp_confirmed_at, created_at, password, totp_seed, totp_step
    from people
    where (${personId}::uuid is null or person_id = ${personId})
      and (${email}::text is null or email = ${email})
    order by created_at, person_id`;
  return rows.map((row) => ({
    personId: row.person_id,
    email: row.email,
    name: row.name,
    roles: row.roles,
    emailVerifiedAt: row.email_verified_at,
    disabledAt: row.disabled_at,
    hasTotp: row.totp_confirmed_at !== null,
    createdAt: row.created_at,
    password: row.password,
    totpSeed: row.totp_seed,
    totpStep: row.totp_step,
  }));
}

/** Without what nobody may see. */
export function shown({
  password: _p,
  totpSeed: _s,
  totpStep: _t,
  ...person
}: PersonSecrets): Person {
  return person;
}

export type NewPerson = {
  readonly personId: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly password: string;
  readonly verified: boolean;
};

export async function insertPerson(
  tx: Queries,
  tenantId: string,
  person: NewPerson,
  at: Date,
): Promise<void> {
  const { personId, email, name, roles, password, verified } = person;
  await tx`
    insert into people (tenant_id, person_id, email, name, roles, password, email_verified_at,
      created_at)
    values (${tenantId}, ${personId}, ${email}, ${name}, ${listOf(roles)}::text::text[], ${password},
      ${verified ? at : null}, ${at})`;
}

export const listOf = (words: readonly string[]): string => `{${words.join(",")}}`;

export async function tenantsOfEmail(sql: Sql, email: string): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select email_tenants(${email}) as id`;
  return rows.map(({ id }) => id);
}

/** The accounts a person owns or may read. */
export async function accountsOf(tx: Queries, personId: string): Promise<string[]> {
  const rows = await tx<{ id: string }[]>`
    select account_id as id from account_people where person_id = ${personId} order by 1`;
  return rows.map(({ id }) => id);
}
