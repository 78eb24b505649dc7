-- What a divergence is worth, the way back, and what people asked to be done about it.
-- After it: every divergence may carry its side, the master's price, a code and its latest valuation;
-- requests and their answers are rows, and each request has at most one answer.

alter table divergences add column side text check (side in ('buy', 'sell'));
alter table divergences add column master_price numeric(24, 8);
alter table divergences add column code text;
-- Of an orphan: the broker's position and the key it bears.
alter table divergences add column position_id text;
alter table divergences add column key text;
alter table divergences add column ignored_until timestamptz;
-- As the owner last reckoned them, in the account's currency; null where a rate or a price is missing.
alter table divergences add column value numeric(24, 8);
alter table divergences add column cost numeric(24, 8);
alter table divergences add column currency text;
alter table divergences add column proposal json;
alter table divergences add column valued_at timestamptz;
alter table divergences drop constraint divergences_resolution_check;
alter table divergences add constraint divergences_resolution_check
  check (resolution in ('realigned', 'gone', 'accepted', 'detached', 'adopted'));
grant update (side, master_price, code, ignored_until, value, cost, currency, proposal, valued_at)
  on divergences to lockstep_app;
create index divergences_by_time on divergences (tenant_id, opened_at desc);

create table divergence_policies (
  tenant_id uuid not null,
  subscription_id uuid not null,
  version integer not null check (version > 0),
  policy json not null,
  by_whom text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id, version),
  foreign key (tenant_id, subscription_id) references subscriptions
);

create table divergence_requests (
  tenant_id uuid not null,
  request_id uuid not null,
  divergence_id uuid not null,
  partition smallint not null,
  action text not null check (action in ('realign', 'accept', 'ignore', 'detach', 'adopt')),
  -- Of a realignment: the proposal that was looked at. Of an ignoring: until when.
  digest text,
  until timestamptz,
  by_whom text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, request_id),
  foreign key (tenant_id, divergence_id) references divergences
);
create index divergence_requests_by_partition on divergence_requests (partition, at);

create table divergence_answers (
  tenant_id uuid not null,
  request_id uuid not null,
  is_done boolean not null,
  words text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, request_id),
  foreign key (tenant_id, request_id) references divergence_requests
);

do $$
declare name text;
begin
  foreach name in array array['divergence_policies', 'divergence_requests', 'divergence_answers'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
