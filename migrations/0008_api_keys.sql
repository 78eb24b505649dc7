-- Keys that programs ask with. Only a hash of the secret is kept; who shows one is found across
-- tenants by that hash alone, and everything else is read as the key's own tenant.

create table api_keys (
  tenant_id uuid not null,
  key_id uuid not null,
  name text not null check (length(name) between 1 and 100),
  -- The first characters of the secret, by which people tell their keys apart.
  hint text not null,
  secret_sha256 bytea not null unique check (length(secret_sha256) = 32),
  mode text not null check (mode in ('test', 'live')),
  roles text[] not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  -- Addresses or networks it may be shown from; none: from anywhere.
  networks text[] not null default '{}',
  -- Null: all accounts of the tenant.
  accounts uuid[],
  by_whom text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  primary key (tenant_id, key_id)
);
alter table api_keys enable row level security;
alter table api_keys force row level security;
create policy own_tenant on api_keys using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert, update (revoked_at, last_used_at) on api_keys to lockstep_app;

create function api_key_tenant(sha256 bytea) returns uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from api_keys where secret_sha256 = sha256; end;
revoke all on function api_key_tenant(bytea) from public;
grant execute on function api_key_tenant(bytea) to lockstep_app;
