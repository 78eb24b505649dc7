-- Terminals that may speak for an account. After this migration:
--   a pairing code is used once at most, and makes one device of its own id;
--   keys and secrets are stored sealed under a key that is not in the database;
--   an id alone leads to its tenant, and to nothing else.

create table pairing_codes (
  tenant_id uuid not null,
  code_id text not null check (code_id ~ '^[0-9A-Z]{8}$'),
  account_id uuid not null,
  -- Emptied when the code is used.
  secret text not null,
  by_whom text not null,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at timestamptz,
  primary key (tenant_id, code_id),
  check ((secret = '') = (used_at is not null)),
  foreign key (tenant_id, account_id) references accounts
);
create index pairing_codes_by_id on pairing_codes (code_id);

create table devices (
  tenant_id uuid not null,
  device_id text not null,
  account_id uuid not null,
  server text not null,
  platform text not null check (platform in ('mt4', 'mt5')),
  key text not null,
  epoch bigint not null default 0 check (epoch >= 0),
  run text not null default '',
  paired_at timestamptz not null,
  revoked_at timestamptz,
  primary key (tenant_id, device_id),
  foreign key (tenant_id, device_id) references pairing_codes (tenant_id, code_id),
  foreign key (tenant_id, account_id) references accounts
);
create index devices_by_id on devices (device_id);
create index devices_by_account on devices (tenant_id, account_id);

create function epoch_only_rises() returns trigger language plpgsql as $$
begin
  raise exception 'the epoch of device % may only rise', old.device_id using errcode = 'LS004';
end $$;
create trigger epoch_only_rises before update on devices for each row
  when (new.epoch < old.epoch) execute function epoch_only_rises();

do $$
declare name text;
begin
  foreach name in array array['pairing_codes', 'devices']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('create policy owner_finds on %I for select to current_user using (true)', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (used_at, secret) on pairing_codes to lockstep_app;
grant update (epoch, run, revoked_at) on devices to lockstep_app;

-- Whose a device or a pairing code is: a terminal that says hello names no tenant.
create function tenant_of_device(id text) returns setof uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from pairing_codes where code_id = id limit 1; end;
revoke all on function tenant_of_device(text) from public;
grant execute on function tenant_of_device(text) to lockstep_app;
