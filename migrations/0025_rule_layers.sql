-- Layers of rules that are not a subscription's own: a strategy's, and a follower account's. After
-- this migration:
--   versions of a layer are never edited: the newest is in force;
--   each version of a subscription's rules holds the layers that it was in force with, so that a
--   decision's rules_version says them all; whoever writes a version, they are put in here.

create table rule_layers (
  tenant_id uuid not null references tenants,
  kind text not null check (kind in ('strategy', 'follower account')),
  -- The strategy's or the account's.
  scope_id uuid not null,
  version integer not null check (version > 0),
  rules jsonb not null check (jsonb_typeof(rules) = 'object'),
  by_whom text not null check (by_whom <> ''),
  reason text not null check (reason <> ''),
  created_at timestamptz not null,
  primary key (tenant_id, kind, scope_id, version)
);
alter table rule_layers enable row level security;
alter table rule_layers force row level security;
create policy own_tenant on rule_layers using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on rule_layers to lockstep_app;

alter table subscription_rules add column layers jsonb not null default '[]';
alter table subscription_rules alter column layers drop default;

-- Waits for whoever sets a layer, and keeps others from it until the version is committed.
create function put_layers() returns trigger language plpgsql as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('rule layers ' || new.tenant_id, 0));
  new.layers := coalesce((
    select jsonb_agg(jsonb_build_object('kind', l.kind, 'name', l.name, 'version', l.version,
      'rules', l.rules) order by l.kind desc)
    from (
      select distinct on (r.kind) r.kind, r.version, r.rules,
        case r.kind when 'strategy' then t.name else a.name end as name
      from subscriptions u
        join strategies t on t.tenant_id = u.tenant_id and t.strategy_id = u.strategy_id
        join accounts a on a.tenant_id = u.tenant_id and a.account_id = u.account_id
        join rule_layers r on r.tenant_id = u.tenant_id and r.scope_id =
          case r.kind when 'strategy' then u.strategy_id else u.account_id end
      where u.tenant_id = new.tenant_id and u.subscription_id = new.subscription_id
      order by r.kind, r.version desc
    ) l where l.rules <> '{}'), '[]');
  return new;
end $$;
create trigger layers_put before insert on subscription_rules
  for each row when (new.layers is null) execute function put_layers();
