-- Applying the rules of now to what is open: somebody asks, and the account's owner answers once with
-- what it did, or of a dry run would do. From a request that was done on, the copies that stood then
-- keep the version that was applied to them.
-- Must hold afterwards: a request has one answer at most, and neither is ever changed.

create table rules_requests (
  tenant_id uuid not null,
  request_id uuid not null,
  subscription_id uuid not null,
  partition smallint not null,
  dry_run boolean not null,
  -- The newest when it was asked: the owner has read at least this one before it acts.
  rules_version integer not null,
  by_whom text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, request_id),
  foreign key (tenant_id, subscription_id) references subscriptions
);
create index rules_requests_by_partition on rules_requests (partition, at);
create index rules_requests_by_subscription on rules_requests (tenant_id, subscription_id, at);

create table rules_answers (
  tenant_id uuid not null,
  request_id uuid not null,
  is_done boolean not null,
  words text not null,
  -- What was applied; null where nothing was.
  rules_version integer,
  -- The master's signal after which that version holds, for the copies that it was applied to.
  from_sequence bigint,
  legs json not null default '[]',
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, request_id),
  foreign key (tenant_id, request_id) references rules_requests
);

do $$
declare name text;
begin
  foreach name in array array['rules_requests', 'rules_answers'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
