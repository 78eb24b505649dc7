-- Actions on many subscriptions at once. After this migration: what an operation did to each of
-- them is on record, and never edited.

create table operations (
  tenant_id uuid not null references tenants,
  operation_id uuid not null,
  action text not null,
  reason text not null,
  dry_run boolean not null,
  accounts uuid[] not null,
  legs json not null,
  by_whom text not null,
  at timestamptz not null,
  primary key (tenant_id, operation_id)
);
create index operations_by_time on operations (tenant_id, at, operation_id);
alter table operations enable row level security;
alter table operations force row level security;
create policy own_tenant on operations using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on operations to lockstep_app;
