-- What was paid into and out of accounts. After this migration: a movement is known by the broker's
-- id, once, and is never edited; deposits and withdrawals are neither profit nor loss.

create table cash_movements (
  tenant_id uuid not null,
  account_id uuid not null,
  movement_id text not null,
  kind text not null check (kind in ('deposit', 'withdrawal', 'credit', 'fee', 'interest',
    'dividend', 'correction')),
  -- In the account's currency; below zero for what left it.
  amount numeric(24, 8) not null,
  comment text not null,
  at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, account_id, movement_id)
);
create index cash_movements_in_time on cash_movements (tenant_id, account_id, at);

alter table cash_movements enable row level security;
alter table cash_movements force row level security;
create policy own_tenant on cash_movements using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on cash_movements to lockstep_app;
