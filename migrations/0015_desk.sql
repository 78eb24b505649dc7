-- What people arrange over the ledger. After this migration:
--   a group's members are accounts of its own tenant, each once;
--   what a strategy promises is never edited: the newest version is in force.

create table account_groups (
  tenant_id uuid not null references tenants,
  group_id uuid not null,
  name text not null check (name <> ''),
  created_at timestamptz not null,
  primary key (tenant_id, group_id),
  unique (tenant_id, name)
);

create table account_group_members (
  tenant_id uuid not null,
  group_id uuid not null,
  account_id uuid not null,
  primary key (tenant_id, group_id, account_id),
  foreign key (tenant_id, group_id) references account_groups on delete cascade,
  foreign key (tenant_id, account_id) references accounts
);
create index account_group_members_by_account on account_group_members (tenant_id, account_id);

create table strategy_versions (
  tenant_id uuid not null,
  strategy_id uuid not null,
  version integer not null check (version > 0),
  -- private: its own people; unlisted: who knows its id; public: everybody of the tenant.
  visibility text not null check (visibility in ('private', 'unlisted', 'public')),
  description text not null,
  terms text not null,
  by_whom text not null check (by_whom <> ''),
  created_at timestamptz not null,
  primary key (tenant_id, strategy_id, version),
  foreign key (tenant_id, strategy_id) references strategies
);

do $$
declare name text;
begin
  foreach name in array array['account_groups', 'account_group_members', 'strategy_versions'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (name), delete on account_groups to lockstep_app;
grant delete on account_group_members to lockstep_app;

-- What owners have to read again: which partition, and when. Told across tenants, as kills are.
create table ledger_changes (
  tenant_id uuid not null references tenants,
  change_id bigint generated always as identity,
  partition smallint not null check (partition between 0 and 63),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, change_id)
);
create index ledger_changes_by_number on ledger_changes (change_id);
alter table ledger_changes enable row level security;
alter table ledger_changes force row level security;
create policy own_tenant on ledger_changes using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
create policy owner_finds on ledger_changes for select to current_user using (true);
grant select, insert on ledger_changes to lockstep_app;

-- Of null: the last fifty.
create function changes_after(number bigint) returns table (change_id bigint, partition smallint)
  language sql stable security definer set search_path = public
  begin atomic
    select c.change_id, c.partition from ledger_changes c
      where c.change_id > coalesce(number, (select coalesce(max(n.change_id), 0) - 50
        from ledger_changes n))
      order by c.change_id;
  end;
revoke all on function changes_after(bigint) from public;
grant execute on function changes_after(bigint) to lockstep_app;
