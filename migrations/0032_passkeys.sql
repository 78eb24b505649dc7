-- Passkeys: the public half of a key that stays in somebody's device, and the challenges to prove it by.
-- After it: a credential leads to its tenant by its hash alone, and to nothing else; a challenge counts
-- once and for a while; nothing that is kept here lets anybody in.

create table passkeys (
  tenant_id uuid not null,
  passkey_id uuid not null,
  person_id uuid not null,
  -- As browsers write it (base64url).
  credential_id text not null check (length(credential_id) between 1 and 1400),
  credential_sha256 bytea not null unique,
  public_key bytea not null,
  -- How often it says that it was used: falling means that there are two of it.
  counter bigint not null check (counter >= 0),
  transports text[] not null default '{}',
  name text not null check (length(name) between 1 and 100),
  created_at timestamptz not null,
  last_used_at timestamptz,
  primary key (tenant_id, passkey_id),
  foreign key (tenant_id, person_id) references people
);
create index passkeys_by_person on passkeys (tenant_id, person_id);

create table passkey_challenges (
  tenant_id uuid not null references tenants,
  challenge_sha256 bytea not null,
  purpose text not null check (purpose in ('register', 'sign-in', 'prove')),
  -- Null where nobody has signed in yet.
  person_id uuid,
  expires_at timestamptz not null,
  primary key (tenant_id, challenge_sha256)
);

do $$
declare name text;
begin
  foreach name in array array['passkeys', 'passkey_challenges'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert, delete on %I to lockstep_app', name);
  end loop;
end $$;
grant update (counter, last_used_at) on passkeys to lockstep_app;

create function passkey_tenant(sha256 bytea) returns uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from passkeys where credential_sha256 = sha256; end;
revoke all on function passkey_tenant(bytea) from public;
grant execute on function passkey_tenant(bytea) to lockstep_app;
create policy owner_finds on passkeys for select to current_user using (true);
