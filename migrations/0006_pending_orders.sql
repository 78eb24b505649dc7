-- Pending orders: the master's as signals (placed, changed, gone), the follower's as instructions.
-- After it: a signal or an instruction that says what an order waits for is of an order, and one
-- that is of an order that stands says of which. What an order of a signal waits for is its price.

alter table signals drop constraint signals_kind_check;
alter table signals
  add column order_id text,
  add column order_type text check (order_type in
    ('buy-limit', 'sell-limit', 'buy-stop', 'sell-stop', 'buy-stop-limit', 'sell-stop-limit')),
  add column limit_price numeric(24, 8),
  add column expires_at timestamptz,
  add constraint signals_kind_check check (kind in
    ('open', 'increase', 'reduce', 'close', 'protect', 'place', 'change', 'cancel')),
  add constraint signals_order_check check (
    (kind in ('place', 'change', 'cancel')) = (order_type is not null)
    and (order_type is null or (order_id is not null and price is not null))
    and (limit_price is not null) = (coalesce(order_type, '') in ('buy-stop-limit', 'sell-stop-limit')));
create index signals_by_order on signals (tenant_id, master_id, order_id, sequence)
  where order_id is not null;

alter table instructions drop constraint instructions_kind_check;
alter table instructions
  add column order_id text,
  add column order_type text check (order_type in
    ('buy-limit', 'sell-limit', 'buy-stop', 'sell-stop', 'buy-stop-limit', 'sell-stop-limit')),
  add column order_price numeric(24, 8),
  add column limit_price numeric(24, 8),
  add column expires_at timestamptz,
  add constraint instructions_kind_check check (kind in
    ('open', 'close', 'protect', 'place', 'change', 'cancel')),
  add constraint instructions_order_check check (
    (kind in ('place', 'change')) = (order_type is not null)
    and (order_type is null) = (order_price is null)
    and (kind in ('change', 'cancel')) = (order_id is not null)
    and (limit_price is not null) = (coalesce(order_type, '') in ('buy-stop-limit', 'sell-stop-limit')));

-- The outcome's order beside the instruction's, as its position is.
drop view instruction_states;
create view instruction_states with (security_invoker = true) as
  select i.*, coalesce(o.status, i.status) as state, coalesce(o.number, 0) as number,
    o.code, o.filled, o.price, o.order_id as outcome_order_id,
    o.position_id as outcome_position_id, o.sent_at, o.at as outcome_at
  from instructions i
  left join lateral (
    select * from outcomes o where o.tenant_id = i.tenant_id and o.key = i.key
    order by o.number desc limit 1
  ) o on true;
grant select on instruction_states to lockstep_app;

-- The calls that write instructions take what an order waits for as well.
drop function write_signal_with, write_decisions, write_instructions;

create function write_instructions(tenant uuid, partitions smallint[], fences bigint[], same text,
  keys text[], accounts uuid[], parts_of smallint[], origins text[], origin_ids uuid[],
  origin_sequences bigint[], subs uuid[], places text[], parts smallint[], attempts smallint[],
  kinds text[], symbols text[], sides text[], volumes numeric[], position_ids text[],
  stop_losses numeric[], take_profits numeric[], master_prices numeric[], statuses text[],
  row_fences bigint[], ends timestamptz[], order_ids text[], order_types text[],
  order_prices numeric[], limit_prices numeric[], expiries timestamptz[]) returns void
language plpgsql as $$
declare s instructions := json_populate_record(null::instructions, same::json);
begin
  perform hold_fences(tenant, partitions, fences);
  insert into instructions (tenant_id, key, account_id, partition, origin, origin_id,
    origin_sequence, subscription_id, position, part, attempt, kind, symbol, side, volume,
    position_id, stop_loss, take_profit, master_price, status, fence, valid_until, order_id,
    order_type, order_price, limit_price, expires_at)
  select tenant, r.key, coalesce(r.account, s.account_id), coalesce(r.partition, s.partition),
    coalesce(r.origin, s.origin), coalesce(r.origin_id, s.origin_id),
    coalesce(r.origin_sequence, s.origin_sequence), coalesce(r.sub, s.subscription_id),
    coalesce(r.place, s.position), coalesce(r.part, s.part), coalesce(r.attempt, s.attempt),
    coalesce(r.kind, s.kind), coalesce(r.symbol, s.symbol), coalesce(r.side, s.side),
    coalesce(r.volume, s.volume), coalesce(r.position_id, s.position_id),
    coalesce(r.stop_loss, s.stop_loss), coalesce(r.take_profit, s.take_profit),
    coalesce(r.master_price, s.master_price), coalesce(r.status, s.status),
    coalesce(r.fence, s.fence), coalesce(r.ends, s.valid_until),
    coalesce(r.order_id, s.order_id), coalesce(r.order_type, s.order_type),
    coalesce(r.order_price, s.order_price), coalesce(r.limit_price, s.limit_price),
    coalesce(r.expires_at, s.expires_at)
  from unnest(keys, accounts, parts_of, origins, origin_ids, origin_sequences, subs, places, parts,
    attempts, kinds, symbols, sides, volumes, position_ids, stop_losses, take_profits,
    master_prices, statuses, row_fences, ends, order_ids, order_types, order_prices, limit_prices,
    expiries)
    r(key, account, partition, origin, origin_id, origin_sequence, sub, place, part, attempt, kind,
      symbol, side, volume, position_id, stop_loss, take_profit, master_price, status, fence, ends,
      order_id, order_type, order_price, limit_price, expires_at);
end $$;

-- The decisions of one signal, and the instructions that come of them: of no decision, of one, or
-- several of one. The steps are JSON texts with a record separator between them.
create function write_decisions(tenant uuid, partitions smallint[], fences bigint[], signal uuid,
  steps text, same text, subs uuid[], reasons text[], wanted numeric[], volumes numeric[],
  versions int[], row_fences bigint[],
  i_same text, i_keys text[], i_accounts uuid[], i_partitions smallint[], i_origins text[],
  i_origin_ids uuid[], i_origin_sequences bigint[], i_subs uuid[], i_places text[],
  i_parts smallint[], i_attempts smallint[], i_kinds text[], i_symbols text[], i_sides text[],
  i_volumes numeric[], i_position_ids text[], i_stop_losses numeric[], i_take_profits numeric[],
  i_master_prices numeric[], i_statuses text[], i_fences bigint[], i_ends timestamptz[],
  i_order_ids text[], i_order_types text[], i_order_prices numeric[], i_limit_prices numeric[],
  i_expiries timestamptz[])
  returns void
language plpgsql as $$
declare s decisions := json_populate_record(null::decisions, same::json);
begin
  perform write_instructions(tenant, partitions, fences, i_same, i_keys, i_accounts, i_partitions,
    i_origins, i_origin_ids, i_origin_sequences, i_subs, i_places, i_parts, i_attempts, i_kinds,
    i_symbols, i_sides, i_volumes, i_position_ids, i_stop_losses, i_take_profits, i_master_prices,
    i_statuses, i_fences, i_ends,
    i_order_ids, i_order_types, i_order_prices, i_limit_prices, i_expiries);
  insert into decisions (tenant_id, signal_id, subscription_id, decision, reason, wanted, volume,
    steps, rules_version, fence)
  select tenant, signal, r.sub,
    case when coalesce(r.reason, s.reason) is null then 'copy' else 'skip' end,
    coalesce(r.reason, s.reason), coalesce(r.wanted, s.wanted), coalesce(r.volume, s.volume),
    r.steps::json, coalesce(r.version, s.rules_version), coalesce(r.fence, s.fence)
  from unnest(subs, string_to_array(steps, e'\x1e'), reasons, wanted, volumes, versions, row_fences)
    r(sub, steps, reason, wanted, volume, version, fence);
end $$;

-- A signal with the decisions that are ready: in one transaction where the decisions can be written,
-- and the signal alone where something stands in their way. True where they were written.
create function write_signal_with(tenant uuid, partitions smallint[], fences bigint[], master uuid,
  newest bigint, list text, d_partitions smallint[], d_fences bigint[], signal uuid,
  steps text, same text, subs uuid[], reasons text[], wanted numeric[], volumes numeric[],
  versions int[], row_fences bigint[],
  i_same text, i_keys text[], i_accounts uuid[], i_partitions smallint[], i_origins text[],
  i_origin_ids uuid[], i_origin_sequences bigint[], i_subs uuid[], i_places text[],
  i_parts smallint[], i_attempts smallint[], i_kinds text[], i_symbols text[], i_sides text[],
  i_volumes numeric[], i_position_ids text[], i_stop_losses numeric[], i_take_profits numeric[],
  i_master_prices numeric[], i_statuses text[], i_fences bigint[], i_ends timestamptz[],
  i_order_ids text[], i_order_types text[], i_order_prices numeric[], i_limit_prices numeric[],
  i_expiries timestamptz[]) returns boolean
language plpgsql as $$
begin
  -- All locks in one ascending order, before each part takes its own again.
  perform pg_advisory_xact_lock_shared(7301, p)
    from (select unnest(partitions || d_partitions) p order by 1) ascending;
  perform write_signals(tenant, partitions, fences, master, newest, list);
  begin
    perform write_decisions(tenant, d_partitions, d_fences, signal, steps, same, subs, reasons,
      wanted, volumes, versions, row_fences, i_same, i_keys, i_accounts, i_partitions, i_origins,
      i_origin_ids, i_origin_sequences, i_subs, i_places, i_parts, i_attempts, i_kinds, i_symbols,
      i_sides, i_volumes, i_position_ids, i_stop_losses, i_take_profits, i_master_prices,
      i_statuses, i_fences, i_ends, i_order_ids, i_order_types, i_order_prices, i_limit_prices,
      i_expiries);
    return true;
  exception when others then
    return false;
  end;
end $$;
