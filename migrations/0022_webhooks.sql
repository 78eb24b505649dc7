-- Events, and the addresses they are sent to. After this migration:
--   something that happened is one event, whose id is made of what it is, however often it is seen;
--   an event and what is to be delivered of it are one transaction;
--   a webhook's secrets are stored sealed.

create table events (
  tenant_id uuid not null references tenants,
  event_id uuid not null,
  type text not null,
  -- Whose it is; null: the tenant's.
  account_id uuid,
  data json not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, event_id)
);
create index events_by_time on events (tenant_id, at, event_id);

create table event_marks (
  tenant_id uuid primary key references tenants,
  through timestamptz not null
);

create table webhook_endpoints (
  tenant_id uuid not null references tenants,
  endpoint_id uuid not null,
  url text not null,
  types text[] not null,
  -- Null: all of the tenant's.
  accounts uuid[],
  -- Sealed; the first signs first, the second until the rotation is over.
  secret text not null,
  old_secret text,
  old_until timestamptz,
  by_whom text not null,
  created_at timestamptz not null,
  disabled_at timestamptz,
  disabled_because text,
  primary key (tenant_id, endpoint_id)
);

create table webhook_deliveries (
  tenant_id uuid not null,
  delivery_id uuid not null,
  endpoint_id uuid not null,
  event_id uuid not null,
  attempts integer not null default 0,
  -- When it is tried next; null: delivered, or given up.
  next_at timestamptz,
  delivered_at timestamptz,
  last_status integer,
  last_error text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, delivery_id),
  foreign key (tenant_id, endpoint_id) references webhook_endpoints on delete cascade,
  foreign key (tenant_id, event_id) references events
);
create index webhook_deliveries_due on webhook_deliveries (tenant_id, next_at)
  where next_at is not null;
create index webhook_deliveries_by_endpoint on webhook_deliveries
  (tenant_id, endpoint_id, created_at, delivery_id);

do $$
declare name text;
begin
  foreach name in array array['events', 'event_marks', 'webhook_endpoints', 'webhook_deliveries']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (through) on event_marks to lockstep_app;
grant update (secret, old_secret, old_until, disabled_at, disabled_because), delete
  on webhook_endpoints to lockstep_app;
grant update (attempts, next_at, delivered_at, last_status, last_error), delete
  on webhook_deliveries to lockstep_app;
