-- Writing under a fence is one call, and so one transaction, that needs one answer: it takes the
-- partitions' shared locks, checks the leases with a snapshot taken after them, and writes all rows
-- or none. Rows come as columns: what all rows share once, in `same`, the rest as one list each
-- (an empty list reads as null, for which `same` stands). JSON comes as text, since a driver that
-- is told of a json parameter would encode it once more.

-- What a copied position's target includes: every reduction up to this signal of the master.
alter table copied_positions add column through bigint not null default 0;
create index signals_by_position on signals (tenant_id, master_id, position, sequence);
-- Updated in place again and again, by columns that no index holds.
alter table copied_positions set (fillfactor = 60);

do $$
declare tenant uuid;
begin
  for tenant in select tenant_ids() loop
    perform set_config('lockstep.tenant', tenant::text, true);
    update copied_positions c set through = coalesce((
      select max(g.sequence) from subscriptions s
        join signals g on g.tenant_id = s.tenant_id and g.master_id = s.master_id
          and g.position = c.position
        join decisions d on d.tenant_id = s.tenant_id and d.signal_id = g.signal_id
          and d.subscription_id = s.subscription_id
        where s.tenant_id = c.tenant_id and s.subscription_id = c.subscription_id), 0);
  end loop;
end $$;

drop function all_written(bigint, bigint);

-- Takes the tenant's view and the partitions' locks, in the order given (ascending, as a take-over
-- does, so that nobody waits in a circle); LS003 where one lease is not held under its fence.
create function hold_fences(tenant uuid, partitions smallint[], fences bigint[]) returns void
language plpgsql as $$
declare held bigint;
begin
  perform set_config('lockstep.tenant', tenant::text, true);
  perform pg_advisory_xact_lock_shared(7301, p) from unnest(partitions) p;
  select count(*) into held from unnest(partitions, fences) r(part, fence)
    join leases l on l.partition = r.part and l.fence = r.fence
      and l.expires_at > clock_timestamp();
  if held <> cardinality(partitions) then
    raise exception '% of % leases are held: a fence is stale', held, cardinality(partitions)
      using errcode = 'LS003';
  end if;
end $$;

create function write_signals(tenant uuid, partitions smallint[], fences bigint[], master uuid,
  newest bigint, list text) returns void
language plpgsql as $$
begin
  perform hold_fences(tenant, partitions, fences);
  insert into signals select * from json_populate_recordset(null::signals, list::json);
  insert into outbox (tenant_id, master_id, sequence) values (tenant, master, newest);
end $$;

create function write_instructions(tenant uuid, partitions smallint[], fences bigint[], same text,
  keys text[], accounts uuid[], parts_of smallint[], origins text[], origin_ids uuid[],
  origin_sequences bigint[], subs uuid[], places text[], parts smallint[], attempts smallint[],
  kinds text[], symbols text[], sides text[], volumes numeric[], position_ids text[],
  stop_losses numeric[], take_profits numeric[], master_prices numeric[], statuses text[],
  row_fences bigint[], ends timestamptz[]) returns void
language plpgsql as $$
declare s instructions := json_populate_record(null::instructions, same::json);
begin
  perform hold_fences(tenant, partitions, fences);
  insert into instructions (tenant_id, key, account_id, partition, origin, origin_id,
    origin_sequence, subscription_id, position, part, attempt, kind, symbol, side, volume,
    position_id, stop_loss, take_profit, master_price, status, fence, valid_until)
  select tenant, r.key, coalesce(r.account, s.account_id), coalesce(r.partition, s.partition),
    coalesce(r.origin, s.origin), coalesce(r.origin_id, s.origin_id),
    coalesce(r.origin_sequence, s.origin_sequence), coalesce(r.sub, s.subscription_id),
    coalesce(r.place, s.position), coalesce(r.part, s.part), coalesce(r.attempt, s.attempt),
    coalesce(r.kind, s.kind), coalesce(r.symbol, s.symbol), coalesce(r.side, s.side),
    coalesce(r.volume, s.volume), coalesce(r.position_id, s.position_id),
    coalesce(r.stop_loss, s.stop_loss), coalesce(r.take_profit, s.take_profit),
    coalesce(r.master_price, s.master_price), coalesce(r.status, s.status),
    coalesce(r.fence, s.fence), coalesce(r.ends, s.valid_until)
  from unnest(keys, accounts, parts_of, origins, origin_ids, origin_sequences, subs, places, parts,
    attempts, kinds, symbols, sides, volumes, position_ids, stop_losses, take_profits,
    master_prices, statuses, row_fences, ends)
    r(key, account, partition, origin, origin_id, origin_sequence, sub, place, part, attempt, kind,
      symbol, side, volume, position_id, stop_loss, take_profit, master_price, status, fence, ends);
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
  i_master_prices numeric[], i_statuses text[], i_fences bigint[], i_ends timestamptz[])
  returns void
language plpgsql as $$
declare s decisions := json_populate_record(null::decisions, same::json);
begin
  perform write_instructions(tenant, partitions, fences, i_same, i_keys, i_accounts, i_partitions,
    i_origins, i_origin_ids, i_origin_sequences, i_subs, i_places, i_parts, i_attempts, i_kinds,
    i_symbols, i_sides, i_volumes, i_position_ids, i_stop_losses, i_take_profits, i_master_prices,
    i_statuses, i_fences, i_ends);
  insert into decisions (tenant_id, signal_id, subscription_id, decision, reason, wanted, volume,
    steps, rules_version, fence)
  select tenant, signal, r.sub,
    case when coalesce(r.reason, s.reason) is null then 'copy' else 'skip' end,
    coalesce(r.reason, s.reason), coalesce(r.wanted, s.wanted), coalesce(r.volume, s.volume),
    r.steps::json, coalesce(r.version, s.rules_version), coalesce(r.fence, s.fence)
  from unnest(subs, string_to_array(steps, e'\x1e'), reasons, wanted, volumes, versions, row_fences)
    r(sub, steps, reason, wanted, volume, version, fence);
end $$;

-- Outcomes in the order in which they came, and the copied positions as they stand after them.
create function write_outcomes(tenant uuid, partitions smallint[], fences bigint[],
  same text, keys text[], numbers smallint[], statuses text[], codes text[], broker_codes int[],
  order_ids text[], position_ids text[], filled numeric[], prices numeric[], row_fences bigint[],
  times timestamptz[], sent_times timestamptz[],
  c_same text, c_subs uuid[], c_places text[], c_symbols text[], c_sides text[], c_states text[],
  c_targets_n numeric[], c_targets_d numeric[], c_holdings text[], c_stop_losses numeric[],
  c_take_profits numeric[], c_open_prices numeric[], c_master_prices numeric[], c_through bigint[])
  returns void
language plpgsql as $$
declare
  s outcomes := json_populate_record(null::outcomes, same::json);
  c copied_positions := json_populate_record(null::copied_positions, c_same::json);
begin
  perform hold_fences(tenant, partitions, fences);
  insert into outcomes (tenant_id, key, number, status, code, broker_code, order_id, position_id,
    filled, price, fence, at, sent_at)
  select tenant, r.key, coalesce(r.number, s.number), coalesce(r.status, s.status),
    coalesce(r.code, s.code), coalesce(r.broker_code, s.broker_code),
    coalesce(r.order_id, s.order_id), coalesce(r.position_id, s.position_id),
    coalesce(r.filled, s.filled), coalesce(r.price, s.price), coalesce(r.fence, s.fence),
    coalesce(r.at, s.at), coalesce(r.sent_at, s.sent_at)
  from unnest(keys, numbers, statuses, codes, broker_codes, order_ids, position_ids, filled, prices,
    row_fences, times, sent_times)
    r(key, number, status, code, broker_code, order_id, position_id, filled, price, fence, at,
      sent_at)
  -- An unknown outcome and the one that ends it may come in one batch.
  order by r.key, coalesce(r.number, s.number);
  insert into copied_positions (tenant_id, subscription_id, position, symbol, side, state, target_n,
    target_d, holdings, stop_loss, take_profit, open_price, master_open_price, through)
  select tenant, r.sub, coalesce(r.place, c.position), coalesce(r.symbol, c.symbol),
    coalesce(r.side, c.side), coalesce(r.state, c.state), coalesce(r.target_n, c.target_n),
    coalesce(r.target_d, c.target_d), coalesce(r.holdings, c.holdings #>> '{}')::json,
    coalesce(r.stop_loss, c.stop_loss), coalesce(r.take_profit, c.take_profit),
    coalesce(r.open_price, c.open_price), coalesce(r.master_price, c.master_open_price),
    coalesce(r.through, c.through)
  from unnest(c_subs, c_places, c_symbols, c_sides, c_states, c_targets_n, c_targets_d, c_holdings,
    c_stop_losses, c_take_profits, c_open_prices, c_master_prices, c_through)
    r(sub, place, symbol, side, state, target_n, target_d, holdings, stop_loss, take_profit,
      open_price, master_price, through)
  on conflict (tenant_id, subscription_id, position) do update set state = excluded.state,
    target_n = excluded.target_n, target_d = excluded.target_d, holdings = excluded.holdings,
    stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
    open_price = excluded.open_price, master_open_price = excluded.master_open_price,
    through = excluded.through, updated_at = clock_timestamp();
end $$;
