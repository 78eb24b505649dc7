-- Risk limits and throttles, the economic calendar, and symbol mappings. After this migration:
--   an event of a guard (a limit or a throttle) exists once, by its number, and is never edited;
--   a guard's state is only replaced by one who has read the version before it;
--   the newest import of a calendar's source is in force, and older ones stay for the record;
--   the newest row of a mapped symbol is in force, and somebody has confirmed it by name.

-- ── Guards ─────────────────────────────────────────────────────────────────────────────────────

create table guard_states (
  tenant_id uuid not null,
  guard_id uuid not null,
  kind text not null check (kind in ('limit', 'throttle')),
  scope text not null check (scope in ('account', 'subscription')),
  scope_id uuid not null,
  -- What is measured, as text: where it differs, the references in `state` are of no use.
  basis text not null,
  stage text not null check (stage in ('clear', 'alert', 'close-only', 'close-all-and-stop')),
  events integer not null check (events >= 0),
  version integer not null check (version > 0),
  state json not null,
  updated_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, guard_id)
);
create index guard_states_by_scope on guard_states (tenant_id, scope_id);

create table guard_events (
  tenant_id uuid not null,
  guard_id uuid not null,
  number integer not null check (number > 0),
  kind text not null check (kind in ('reached', 'reset')),
  from_stage text not null,
  to_stage text not null,
  words text not null,
  facts json not null,
  by_whom text,
  reason text,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, guard_id, number),
  foreign key (tenant_id, guard_id) references guard_states,
  check (from_stage <> to_stage),
  check (kind = 'reached' or (by_whom <> '' and reason <> '' and to_stage = 'clear'))
);

-- ── The economic calendar ──────────────────────────────────────────────────────────────────────

create table calendar_imports (
  tenant_id uuid not null,
  source text not null check (source <> ''),
  number integer not null check (number > 0),
  sha256 text not null,
  events integer not null,
  by_whom text not null,
  imported_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, source, number)
);

create table calendar_events (
  tenant_id uuid not null,
  source text not null,
  number integer not null,
  place integer not null,
  -- A release is a moment; a holiday lasts until `until`.
  at timestamptz not null,
  until timestamptz not null,
  currency text not null check (currency ~ '^([A-Z]{3}|ALL)$'),
  impact text not null check (impact in ('high', 'medium', 'low', 'holiday')),
  title text not null,
  primary key (tenant_id, source, number, place),
  foreign key (tenant_id, source, number) references calendar_imports,
  check (until >= at)
);

-- ── Symbol mappings ────────────────────────────────────────────────────────────────────────────

create table symbol_mappings (
  tenant_id uuid not null,
  master_broker_id uuid not null,
  follower_broker_id uuid not null,
  symbol text not null check (symbol <> ''),
  number integer not null check (number > 0),
  -- null: the mapping was withdrawn.
  maps_to text check (maps_to <> ''),
  -- The follower's price as a multiple of the master's.
  price_factor numeric(24, 8) not null check (price_factor > 0),
  by_whom text not null check (by_whom <> ''),
  -- Why it was suggested or set, in words.
  reason text not null,
  confirmed_at timestamptz not null,
  primary key (tenant_id, master_broker_id, follower_broker_id, symbol, number),
  foreign key (tenant_id, master_broker_id) references brokers,
  foreign key (tenant_id, follower_broker_id) references brokers
);

-- ── Isolation and rights ───────────────────────────────────────────────────────────────────────

do $$
declare name text;
begin
  foreach name in array array['guard_states', 'guard_events', 'calendar_imports',
    'calendar_events', 'symbol_mappings']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert on %I to lockstep_app', name);
  end loop;
end $$;
grant update (basis, stage, events, version, state, updated_at) on guard_states to lockstep_app;
