-- The ledger. After this migration:
--   every tenant's row is visible only to a transaction that set lockstep.tenant to that tenant;
--   the application's role owns nothing, and may only append to what happened;
--   there is at most one signal per master's event, one decision per (signal, subscription),
--   one instruction per key, and an instruction's status only moves along legal ways.

do $$ begin
  create role lockstep_app nologin nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant lockstep_app to %I', current_user);
  end if;
end $$;

-- The tenant of the transaction; null, which matches nothing, where none was set.
create function current_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('lockstep.tenant', true), '')::uuid;

-- Refuses, and so rolls back, a write that did not write every row: some fence is stale.
create function all_written(written bigint, expected bigint) returns void language plpgsql as $$
begin
  if written <> expected then
    raise exception 'wrote % rows of %: a fence is stale', written, expected using errcode = 'LS003';
  end if;
end $$;

-- ── Who and where ──────────────────────────────────────────────────────────────────────────────

create table tenants (
  tenant_id uuid primary key,
  name text not null,
  created_at timestamptz not null default clock_timestamp()
);

create table brokers (
  tenant_id uuid not null references tenants,
  broker_id uuid not null,
  name text not null,
  gateway text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, broker_id),
  unique (tenant_id, name)
);

create table accounts (
  tenant_id uuid not null,
  account_id uuid not null,
  broker_id uuid not null,
  login text not null,
  name text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  position_mode text not null check (position_mode in ('hedging', 'netting')),
  leverage numeric(12, 2) not null check (leverage > 0),
  partition smallint not null check (partition between 0 and 63),
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, account_id),
  unique (tenant_id, broker_id, login),
  foreign key (tenant_id, broker_id) references brokers
);
create index accounts_by_partition on accounts (partition);

create table symbols (
  tenant_id uuid not null,
  broker_id uuid not null,
  name text not null,
  facts jsonb not null,
  seen_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, broker_id, name),
  foreign key (tenant_id, broker_id) references brokers
);

create table strategies (
  tenant_id uuid not null,
  strategy_id uuid not null,
  master_id uuid not null,
  name text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, strategy_id),
  unique (tenant_id, name),
  foreign key (tenant_id, master_id) references accounts
);
create index strategies_by_master on strategies (tenant_id, master_id);

create table subscriptions (
  tenant_id uuid not null,
  subscription_id uuid not null,
  strategy_id uuid not null,
  master_id uuid not null,
  account_id uuid not null,
  partition smallint not null check (partition between 0 and 63),
  mode text not null default 'active'
    check (mode in ('active', 'close-only', 'paused', 'monitor', 'stopped')),
  -- Signals above from_sequence are decided; all of them up to decided_through have been.
  from_sequence bigint not null default 0,
  decided_through bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id),
  unique (tenant_id, strategy_id, account_id),
  check (master_id <> account_id),
  foreign key (tenant_id, strategy_id) references strategies,
  foreign key (tenant_id, account_id) references accounts
);
create index subscriptions_by_partition on subscriptions (partition);

-- A version of the rules holds from a signal on; versions are never edited.
create table subscription_rules (
  tenant_id uuid not null,
  subscription_id uuid not null,
  version integer not null check (version > 0),
  from_sequence bigint not null,
  rules jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id, version),
  foreign key (tenant_id, subscription_id) references subscriptions
);

-- ── What happened ──────────────────────────────────────────────────────────────────────────────

create table signals (
  tenant_id uuid not null,
  signal_id uuid not null,
  master_id uuid not null,
  sequence bigint not null check (sequence > 0),
  source_key text not null,
  kind text not null check (kind in ('open', 'increase', 'reduce', 'close', 'protect')),
  position text not null,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  volume numeric(24, 8) not null check (volume >= 0),
  before_volume numeric(24, 8) not null,
  after_volume numeric(24, 8) not null check (after_volume >= 0),
  price numeric(24, 8),
  stop_loss numeric(24, 8),
  take_profit numeric(24, 8),
  magic bigint not null,
  comment text not null,
  contract_size numeric(24, 8) not null,
  digits smallint not null,
  figures jsonb not null,
  existing boolean not null,
  age_at_receipt_ms bigint not null,
  at timestamptz not null,
  received_at timestamptz not null,
  committed_at timestamptz not null default clock_timestamp(),
  fence bigint not null,
  primary key (tenant_id, signal_id),
  unique (tenant_id, master_id, sequence),
  unique (tenant_id, master_id, source_key),
  foreign key (tenant_id, master_id) references accounts
);

-- Work that others must be told of. Cleared only after the doorbell was rung.
create table outbox (
  tenant_id uuid not null,
  outbox_id bigint generated always as identity,
  master_id uuid not null,
  sequence bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, outbox_id)
);

create table decisions (
  tenant_id uuid not null,
  signal_id uuid not null,
  subscription_id uuid not null,
  decision text not null,
  reason text,
  wanted numeric(24, 8),
  volume numeric(24, 8) not null,
  steps json not null,
  rules_version integer not null,
  fence bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, signal_id, subscription_id),
  check (decision in ('copy', 'skip') and (decision = 'skip') = (reason is not null))
);

-- One attempt at one origin (a signal, or a realignment), as one order at most. Never edited: an
-- instruction's state is its last outcome, and begins as `sent` (committed and handed over at
-- once) or `queued`. The index by time is all a take-over needs, see leases.settled_at.
create table instructions (
  tenant_id uuid not null,
  key text collate "C" not null check (length(key) = 16),
  ledger_order bigint generated always as identity,
  account_id uuid not null,
  partition smallint not null,
  origin text not null,
  origin_id uuid not null,
  -- Where the key's place in its index comes from: the signal's sequence, or a second of the clock.
  origin_sequence bigint not null,
  subscription_id uuid not null,
  position text not null,
  part smallint not null,
  attempt smallint not null,
  kind text not null,
  symbol text not null,
  side text not null,
  volume numeric(24, 8),
  position_id text,
  stop_loss numeric(24, 8),
  take_profit numeric(24, 8),
  -- The price that the master got, for slippage and for stops kept at their distance.
  master_price numeric(24, 8),
  status text not null check (status in ('queued', 'sent')),
  fence bigint not null,
  valid_until timestamptz,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, key),
  check (kind in ('open', 'close', 'protect', 'replace', 'cancel')),
  check (origin in ('signal', 'realign') and side in ('buy', 'sell') and attempt > 0 and part > 0)
);
create index instructions_by_time on instructions using brin (at)
  with (pages_per_range = 16, autosummarize = on);

-- Answers, in the order in which they came; the last one is the instruction's status.
create table outcomes (
  tenant_id uuid not null,
  key text collate "C" not null,
  number smallint not null check (number > 0),
  status text not null check (status in ('sent', 'working', 'unknown', 'done', 'partial', 'rejected')),
  code text,
  broker_code integer,
  order_id text,
  position_id text,
  filled numeric(24, 8) not null default 0,
  price numeric(24, 8),
  fence bigint not null,
  at timestamptz not null,
  sent_at timestamptz,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, key, number)
);

-- The state of every instruction: its last outcome, or how it was committed.
create view instruction_states with (security_invoker = true) as
  select i.*, coalesce(o.status, i.status) as state, coalesce(o.number, 0) as number,
    o.code, o.filled, o.price, o.order_id, o.position_id as outcome_position_id, o.sent_at,
    o.at as outcome_at
  from instructions i
  left join lateral (
    select * from outcomes o where o.tenant_id = i.tenant_id and o.key = i.key
    order by o.number desc limit 1
  ) o on true;

create table orders (
  tenant_id uuid not null,
  account_id uuid not null,
  order_id text not null,
  key text,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  volume numeric(24, 8) not null,
  filled numeric(24, 8) not null,
  at timestamptz not null,
  primary key (tenant_id, account_id, order_id)
);

create table deals (
  tenant_id uuid not null,
  account_id uuid not null,
  deal_id text not null,
  order_id text not null,
  position_id text not null,
  leg integer not null,
  key text,
  magic bigint not null,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  entry text not null check (entry in ('in', 'out', 'inout')),
  volume numeric(24, 8) not null check (volume > 0),
  price numeric(24, 8) not null,
  profit numeric(24, 8) not null,
  commission numeric(24, 8) not null,
  swap numeric(24, 8) not null,
  reason text not null,
  at timestamptz not null,
  primary key (tenant_id, account_id, deal_id)
);

create table equity_points (
  tenant_id uuid not null,
  account_id uuid not null,
  at timestamptz not null,
  currency text not null,
  balance numeric(24, 8) not null,
  credit numeric(24, 8) not null,
  equity numeric(24, 8) not null,
  margin numeric(24, 8) not null,
  primary key (tenant_id, account_id, at)
);

-- ── What stands (projections, rebuilt from the rows above and from snapshots) ──────────────────

create table positions (
  tenant_id uuid not null,
  account_id uuid not null,
  position_id text not null,
  leg integer not null,
  key text,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  volume numeric(24, 8) not null check (volume > 0),
  open_price numeric(24, 8) not null,
  stop_loss numeric(24, 8),
  take_profit numeric(24, 8),
  opened_at timestamptz not null,
  as_of timestamptz not null,
  primary key (tenant_id, account_id, position_id, leg)
);

create table copied_positions (
  tenant_id uuid not null,
  subscription_id uuid not null,
  position text not null,
  symbol text not null,
  side text not null check (side in ('buy', 'sell')),
  state text not null
    check (state in ('opening', 'open', 'closed', 'detached', 'stopped-out', 'never-opened')),
  -- The exact target in lots, as a fraction in lowest terms.
  target_n numeric not null check (target_n >= 0),
  target_d numeric not null check (target_d > 0),
  holdings json not null,
  stop_loss numeric(24, 8),
  take_profit numeric(24, 8),
  open_price numeric(24, 8),
  master_open_price numeric(24, 8),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, subscription_id, position)
);

-- ── What is wrong, and what people did ─────────────────────────────────────────────────────────

create table divergences (
  tenant_id uuid not null,
  divergence_id uuid not null,
  account_id uuid not null,
  subscription_id uuid,
  position text not null,
  symbol text not null,
  cause text not null,
  expected numeric(24, 8) not null,
  actual numeric(24, 8) not null,
  opened_at timestamptz not null,
  closed_at timestamptz,
  resolution text check (resolution in ('realigned', 'gone', 'accepted')),
  primary key (tenant_id, divergence_id),
  check ((closed_at is null) = (resolution is null))
);
create unique index divergences_open on divergences
  (tenant_id, account_id, coalesce(subscription_id, account_id), position)
  where closed_at is null;

create table incidents (
  tenant_id uuid not null,
  incident_id uuid not null,
  account_id uuid,
  code text not null,
  facts jsonb not null,
  at timestamptz not null,
  primary key (tenant_id, incident_id)
);

-- Engaging and releasing are rows; the newest of a scope tells its state.
create table kill_states (
  tenant_id uuid not null,
  kill_id bigint generated always as identity,
  scope text not null check (scope in ('tenant', 'strategy', 'subscription', 'account')),
  scope_id uuid not null,
  engaged boolean not null,
  by_whom text not null,
  reason text not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kill_id)
);

create table audit (
  tenant_id uuid not null,
  audit_id bigint generated always as identity,
  by_whom text not null,
  action text not null,
  subject text not null,
  before json,
  after json,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, audit_id)
);

-- ── Who owns what (of the machinery, not of a tenant) ──────────────────────────────────────────

create table leases (
  partition smallint primary key check (partition between 0 and 63),
  owner uuid,
  slot text,
  fence bigint not null default 0,
  expires_at timestamptz not null default '-infinity',
  -- Every instruction of the partition committed before this is terminal.
  settled_at timestamptz not null default '-infinity'
);
insert into leases (partition) select generate_series(0, 63);

create table processes (
  owner uuid primary key,
  slot text not null,
  expires_at timestamptz not null
);

create function fence_only_rises() returns trigger language plpgsql as $$
begin
  raise exception 'the fence of partition % may only rise', old.partition using errcode = 'LS002';
end $$;
create trigger fence_only_rises before update on leases for each row
  when (new.fence < old.fence or (new.owner is distinct from old.owner and new.owner is not null
    and new.fence = old.fence))
  execute function fence_only_rises();

-- ── Legal ways of an instruction ───────────────────────────────────────────────────────────────

-- The first outcome needs no look back (its number is unique); each later one must follow the
-- one before it, and nothing follows a terminal one.
create function outcome_follows() returns trigger language plpgsql as $$
declare last text;
begin
  select status into last from outcomes
    where tenant_id = new.tenant_id and key = new.key and number = new.number - 1;
  if last is null or last not in ('sent', 'working', 'unknown')
    or (new.status = 'sent') then
    raise exception 'outcome % of % may not follow %', new.status, new.key, coalesce(last, 'nothing')
      using errcode = 'LS001';
  end if;
  return new;
end $$;
create trigger outcome_follows before insert on outcomes for each row
  when (new.number > 1) execute function outcome_follows();

-- ── Isolation and rights ───────────────────────────────────────────────────────────────────────

do $$
declare name text;
begin
  foreach name in array array['tenants', 'brokers', 'accounts', 'symbols', 'strategies',
    'subscriptions', 'subscription_rules', 'signals', 'outbox', 'decisions', 'instructions',
    'outcomes', 'orders', 'deals', 'equity_points', 'positions', 'copied_positions',
    'divergences', 'incidents', 'kill_states', 'audit']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;

grant usage on schema public to lockstep_app;
create policy owner_lists on tenants for select to current_user using (true);
grant update, delete on outbox, positions to lockstep_app;
grant update on symbols, copied_positions to lockstep_app;
grant select on instruction_states to lockstep_app;
grant update (mode, decided_through) on subscriptions to lockstep_app;
grant update (closed_at, resolution, expected, actual, cause) on divergences to lockstep_app;
grant select, update on leases to lockstep_app;
grant select, insert, update, delete on processes to lockstep_app;

-- The only look across tenants: which there are, so that a process can serve each in turn.
create function tenant_ids() returns setof uuid language sql stable security definer
  set search_path = public
  begin atomic select tenant_id from tenants order by tenant_id; end;
revoke all on function tenant_ids() from public;
grant execute on function tenant_ids() to lockstep_app;
