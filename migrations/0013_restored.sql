-- A ledger that was restored from a backup opens nothing until somebody has looked. After it: a kill
-- switch may ask each lane to have reconciled a snapshot before the lane says that it knows.

alter table kill_states add column after_snapshot boolean not null default false;

-- When a tenant's ledger was put in the place of a lost one, on the database's clock.
create table restores (
  tenant_id uuid not null references tenants,
  restore_id bigint generated always as identity,
  taken_at timestamptz not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, restore_id)
);
alter table restores enable row level security;
alter table restores force row level security;
create policy own_tenant on restores using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select on restores to lockstep_app;
