-- Figures for a hub's monitoring. After it: a process can count what stands over all tenants, and
-- learns nothing else of any of them.

create function ledger_figures() returns table (divergences_open bigint, outbox_rows bigint,
  kills_engaged bigint)
  language sql stable security definer set search_path = public
  begin atomic
    select (select count(*) from divergences where closed_at is null),
      (select count(*) from outbox),
      (select count(*) from (select distinct on (tenant_id, scope, scope_id) engaged
        from kill_states order by tenant_id, scope, scope_id, kill_id desc) k where k.engaged);
  end;
revoke all on function ledger_figures() from public;
grant execute on function ledger_figures() to lockstep_app;
