/** What the ledger tells of as events, as rows of one shape: type, what it is, whose, data, when. */
import type { Queries } from "../platform/postgres.ts";

/** Of all tables, since the instant `since.t`; a row that is seen twice is the same event. */
export function happened(tx: Queries) {
  return tx`${traded(tx)} union all ${decided(tx)}`;
}

function traded(tx: Queries) {
  return tx`
    select 'signal.committed' as type, s.signal_id::text as what, s.master_id as account_id,
      json_build_object('signal_id', s.signal_id, 'master_id', s.master_id, 'kind', s.kind,
        'symbol', s.symbol, 'side', s.side, 'volume', trim_scale(s.volume)::text) as data,
      s.committed_at as at
    from signals s, since where s.committed_at > since.t
    union all
    select 'copy_event.skipped', d.signal_id::text || d.subscription_id, u.account_id,
      json_build_object('signal_id', d.signal_id, 'subscription_id', d.subscription_id,
        'account_id', u.account_id, 'reason', d.reason), s.committed_at
    from signals s join decisions d using (tenant_id, signal_id)
      join subscriptions u using (tenant_id, subscription_id), since
    where s.committed_at > since.t - interval '50 seconds' and d.decision = 'skip'
    union all
    select case when o.status = 'rejected' then 'copy_event.rejected' else 'copy_event.filled' end,
      i.key || ' ' || o.number, i.account_id,
      json_build_object('instruction', i.key, 'account_id', i.account_id,
        'subscription_id', i.subscription_id, 'kind', i.kind, 'symbol', i.symbol,
        'status', o.status, 'code', o.code, 'filled', trim_scale(o.filled)::text), o.recorded_at
    from instructions i join outcomes o using (tenant_id, key), since
    where i.at > since.t - interval '10 minutes' and o.recorded_at > since.t
      and o.status in ('done', 'partial', 'rejected')
    union all
    select case when v.what = 'ended' then 'divergence.resolved' else 'divergence.opened' end,
      'divergence ' || v.event_id, d.account_id,
      json_build_object('divergence_id', d.divergence_id, 'account_id', d.account_id,
        'symbol', d.symbol, 'cause', d.cause, 'resolution', v.resolution), v.at
    from divergence_events v join divergences d using (tenant_id, divergence_id), since
    where v.at > since.t
    union all
    select case when g.kind = 'reset' then 'risk_rule.reset' else 'risk_rule.tripped' end,
      g.guard_id || ' ' || g.number, coalesce(u.account_id, s.scope_id),
      json_build_object('guard_id', g.guard_id, 'stage', g.to_stage, 'words', g.words), g.recorded_at
    from guard_events g join guard_states s using (tenant_id, guard_id)
      left join subscriptions u on u.subscription_id = s.scope_id, since
    where g.recorded_at > since.t
    union all
    select case when k.engaged then 'kill_switch.engaged' else 'kill_switch.released' end,
      k.kill_id::text, case when k.scope = 'account' then k.scope_id end,
      json_build_object('number', k.kill_id, 'scope', k.scope, 'reason', k.reason), k.at
    from kill_states k, since where k.at > since.t`;
}

/** What people decided: on subscriptions, by the audit; on strategies; on many at once. */
function decided(tx: Queries) {
  return tx`
    select case when a.action = 'subscribe' and a.after->>'mode' = 'active' then 'copy.started'
        else ${modeEvent(tx)} end,
      'audit ' || a.audit_id, u.account_id,
      json_build_object('subscription_id', u.subscription_id, 'account_id', u.account_id,
        'mode', a.after->>'mode', 'positions', a.after->>'positions',
        'reason', a.after->>'reason'), a.at
    from audit a join subscriptions u on u.subscription_id::text = a.subject, since
    where a.at > since.t and a.action in ('subscribe', 'set mode', 'stop subscription')
      and a.after->>'mode' is not null
    union all
    select case when v.visibility = 'private' then 'strategy.withdrawn' else 'strategy.published' end,
      v.strategy_id || ' ' || v.version, s.master_id,
      json_build_object('strategy_id', v.strategy_id, 'version', v.version,
        'visibility', v.visibility), v.created_at
    from strategy_versions v join strategies s using (tenant_id, strategy_id), since
    where v.created_at > since.t
    union all
    select case when p.refused then 'operation.partially_failed' else 'operation.completed' end,
      o.operation_id::text, null,
      json_build_object('operation_id', o.operation_id, 'action', o.action, 'state', o.state),
      o.ended_at
    from operations o cross join lateral (select 
        coalesce(bool_or(l.leg->>'state' in ('refused', 'cancelled')), false) as refused
      from operation_legs l where l.operation_id = o.operation_id) p, since
    where o.ended_at > since.t and not o.dry_run`;
}

function modeEvent(tx: Queries) {
  return tx`case a.after->>'mode' when 'active' then 'copy.resumed' when 'stopped' then 'copy.stopped'
    when 'close-only' then 'copy.close_only' else 'copy.paused' end`;
}
