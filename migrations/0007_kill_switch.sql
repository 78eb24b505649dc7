-- A kill switch: what it covers, whether it also closes, and which lanes know of it.
-- After it: a switch over everything is a row in each tenant; what an owner acknowledges it does under
-- its lease, so that a process that froze cannot speak for the next; instructions may come of a kill.

alter table kill_states drop constraint kill_states_scope_check;
alter table kill_states add constraint kill_states_scope_check
  check (scope in ('everything', 'tenant', 'strategy', 'subscription', 'account'));
alter table kill_states add column close_all boolean not null default false;

create index kill_states_by_scope on kill_states (tenant_id, scope, scope_id, kill_id);

create table kill_acknowledgements (
  tenant_id uuid not null,
  kill_id bigint not null,
  account_id uuid not null,
  fence bigint not null,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, kill_id, account_id),
  foreign key (tenant_id, kill_id) references kill_states,
  foreign key (tenant_id, account_id) references accounts
);
alter table kill_acknowledgements enable row level security;
alter table kill_acknowledgements force row level security;
create policy own_tenant on kill_acknowledgements using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on kill_acknowledgements to lockstep_app;

-- Which tenants have switches that are newer than what an owner has seen: a look each owner takes
-- several times a second, over all tenants, that tells nothing but this.
create function newest_kill() returns bigint language sql stable security definer
  set search_path = public
  begin atomic select coalesce(max(kill_id), 0) from kill_states; end;
revoke all on function newest_kill() from public;
grant execute on function newest_kill() to lockstep_app;

alter table instructions drop constraint instructions_check;
alter table instructions add constraint instructions_check
  check (origin in ('signal', 'realign', 'limit', 'kill') and side in ('buy', 'sell')
    and attempt > 0 and part > 0);
