-- Mirrored orders: a follower's own pending order, linked to one of the master's. After this migration:
--   a copied position may be nothing but an order that stands (state pending), and `pending` says
--   what is known of the order; where it is null, the copy is of a position of the master;
--   what the hub does about such an order by itself is an instruction of the origin mirror.

alter table copied_positions drop constraint copied_positions_state_check;
alter table copied_positions
  add column pending json,
  add constraint copied_positions_state_check check (state in
    ('opening', 'pending', 'open', 'closed', 'detached', 'stopped-out', 'never-opened')),
  add constraint copied_positions_pending_check check (state <> 'pending' or pending is not null);

alter table instructions drop constraint instructions_check;
alter table instructions add constraint instructions_check
  check (origin in ('signal', 'realign', 'limit', 'kill', 'stop', 'news', 'rules',
    'mirror')
    and side in ('buy', 'sell') and attempt > 0 and part > 0);

-- The call that writes copied positions takes what is known of their orders as well.
drop function write_outcomes;

create function write_outcomes(tenant uuid, partitions smallint[], fences bigint[],
  same text, keys text[], numbers smallint[], statuses text[], codes text[], broker_codes int[],
  order_ids text[], position_ids text[], filled numeric[], prices numeric[], row_fences bigint[],
  times timestamptz[], sent_times timestamptz[],
  c_same text, c_subs uuid[], c_places text[], c_symbols text[], c_sides text[], c_states text[],
  c_targets_n numeric[], c_targets_d numeric[], c_holdings text[], c_stop_losses numeric[],
  c_take_profits numeric[], c_open_prices numeric[], c_master_prices numeric[], c_through bigint[],
  c_pendings text[])
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
    target_d, holdings, stop_loss, take_profit, open_price, master_open_price, through, pending)
  select tenant, r.sub, coalesce(r.place, c.position), coalesce(r.symbol, c.symbol),
    coalesce(r.side, c.side), coalesce(r.state, c.state), coalesce(r.target_n, c.target_n),
    coalesce(r.target_d, c.target_d), coalesce(r.holdings, c.holdings #>> '{}')::json,
    coalesce(r.stop_loss, c.stop_loss), coalesce(r.take_profit, c.take_profit),
    coalesce(r.open_price, c.open_price), coalesce(r.master_price, c.master_open_price),
    coalesce(r.through, c.through), coalesce(r.pending, c.pending #>> '{}')::json
  from unnest(c_subs, c_places, c_symbols, c_sides, c_states, c_targets_n, c_targets_d, c_holdings,
    c_stop_losses, c_take_profits, c_open_prices, c_master_prices, c_through, c_pendings)
    r(sub, place, symbol, side, state, target_n, target_d, holdings, stop_loss, take_profit,
      open_price, master_price, through, pending)
  on conflict (tenant_id, subscription_id, position) do update set state = excluded.state,
    target_n = excluded.target_n, target_d = excluded.target_d, holdings = excluded.holdings,
    stop_loss = excluded.stop_loss, take_profit = excluded.take_profit,
    open_price = excluded.open_price, master_open_price = excluded.master_open_price,
    through = excluded.through, pending = excluded.pending, updated_at = clock_timestamp();
end $$;
