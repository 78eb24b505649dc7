-- What rules need to know of before. After this migration:
--   a signal says whether a pending order of the master's opened it, where its broker tells;
--   what a subscription remembers of its own opens stands as of decided_through;
--   enabling a throttle again is never edited, and has a person and a reason;
--   an instruction may come of a risk limit.

alter table signals add column from_pending boolean;

create table subscription_memories (
  tenant_id uuid not null,
  subscription_id uuid not null,
  recent json not null,
  primary key (tenant_id, subscription_id),
  foreign key (tenant_id, subscription_id) references subscriptions
);

create table reenablings (
  tenant_id uuid not null,
  subscription_id uuid not null,
  reenabling_id bigint generated always as identity,
  -- The master's last signal then: what this or an earlier one has tripped is enabled again.
  through bigint not null,
  by_whom text not null check (by_whom <> ''),
  reason text not null check (reason <> ''),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id, reenabling_id),
  foreign key (tenant_id, subscription_id) references subscriptions
);

alter table instructions drop constraint instructions_check;
alter table instructions add constraint instructions_check
  check (origin in ('signal', 'realign', 'limit') and side in ('buy', 'sell') and attempt > 0
    and part > 0);

do $$
declare name text;
begin
  foreach name in array array['subscription_memories', 'reenablings'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (recent) on subscription_memories to lockstep_app;
