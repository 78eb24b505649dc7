-- Suggested symbol mappings that somebody does not want. After this migration: a suggestion that was
-- rejected is rejected once, and stays on record with who and why.

create table symbol_rejections (
  tenant_id uuid not null,
  master_broker_id uuid not null,
  follower_broker_id uuid not null,
  symbol text not null check (symbol <> ''),
  rejected text not null check (rejected <> ''),
  by_whom text not null check (by_whom <> ''),
  reason text not null check (reason <> ''),
  at timestamptz not null,
  primary key (tenant_id, master_broker_id, follower_broker_id, symbol, rejected),
  foreign key (tenant_id, master_broker_id) references brokers,
  foreign key (tenant_id, follower_broker_id) references brokers
);
alter table symbol_rejections enable row level security;
alter table symbol_rejections force row level security;
create policy own_tenant on symbol_rejections using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on symbol_rejections to lockstep_app;
