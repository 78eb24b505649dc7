-- People, their sessions, the links they are sent, and whose accounts are whose.
-- After it: no secret is kept but as a hash (passwords, tokens, recovery codes) or sealed (the seed of
-- one-time codes); a token finds its tenant by its hash alone; everything else is read per tenant.

create table people (
  tenant_id uuid not null references tenants,
  person_id uuid not null,
  -- Lower case, trimmed.
  email text not null check (email = lower(email) and length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 100),
  roles text[] not null
    check (roles <@ array['admin', 'operator', 'provider', 'subscriber', 'investor']),
  password text,
  email_verified_at timestamptz,
  disabled_at timestamptz,
  -- Sealed; confirmed once a first code was right.
  totp_seed text,
  totp_confirmed_at timestamptz,
  -- The step of the last code that counted: none counts twice.
  totp_step bigint,
  created_at timestamptz not null,
  primary key (tenant_id, person_id),
  unique (tenant_id, email)
);

create table account_people (
  tenant_id uuid not null,
  account_id uuid not null,
  person_id uuid not null,
  primary key (tenant_id, account_id, person_id),
  foreign key (tenant_id, account_id) references accounts,
  foreign key (tenant_id, person_id) references people
);

create table recovery_codes (
  tenant_id uuid not null,
  person_id uuid not null,
  code_sha256 bytea not null,
  used_at timestamptz,
  primary key (tenant_id, person_id, code_sha256),
  foreign key (tenant_id, person_id) references people
);

create table sessions (
  tenant_id uuid not null,
  session_id uuid not null,
  person_id uuid not null,
  token_sha256 bytea not null unique,
  -- False until the second factor was given, where there is one.
  is_full boolean not null,
  stepped_up_at timestamptz,
  address text,
  agent text,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, session_id),
  foreign key (tenant_id, person_id) references people
);
create index sessions_by_person on sessions (tenant_id, person_id);

create table links (
  tenant_id uuid not null references tenants,
  link_id uuid not null,
  kind text not null check (kind in ('setup', 'invitation', 'verify', 'reset')),
  token_sha256 bytea not null unique,
  -- Of an invitation the address it goes to; of the others the person's.
  email text,
  roles text[] not null default '{}',
  by_whom text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, link_id)
);

do $$
declare name text;
begin
  foreach name in array array['people', 'account_people', 'recovery_codes', 'sessions', 'links'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (name, roles, password, email_verified_at, disabled_at, totp_seed, totp_confirmed_at,
  totp_step) on people to lockstep_app;
grant delete on account_people, recovery_codes to lockstep_app;
grant update (used_at) on recovery_codes, links to lockstep_app;
grant update (token_sha256, is_full, stepped_up_at, seen_at, ended_at) on sessions to lockstep_app;

-- What a stranger shows leads to a tenant, and to nothing else.
create function session_tenant(sha256 bytea) returns uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from sessions where token_sha256 = sha256; end;
create function link_tenant(sha256 bytea) returns uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from links where token_sha256 = sha256; end;
create function email_tenants(wanted text) returns setof uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from people where email = wanted order by tenant_id limit 5; end;
revoke all on function session_tenant(bytea), link_tenant(bytea), email_tenants(text) from public;
grant execute on function session_tenant(bytea), link_tenant(bytea), email_tenants(text)
  to lockstep_app;
