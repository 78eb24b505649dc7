-- After this migration an operation goes on after whoever asked for it has an answer: its legs are rows
-- that are filled in as they end, and it may be cancelled. Those of before have ended.

create table operation_legs (
  tenant_id uuid not null,
  operation_id uuid not null,
  number integer not null check (number > 0),
  leg json not null,
  primary key (tenant_id, operation_id, number),
  foreign key (tenant_id, operation_id) references operations
);
alter table operation_legs enable row level security;
alter table operation_legs force row level security;
create policy own_tenant on operation_legs using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert, update (leg) on operation_legs to lockstep_app;

insert into operation_legs select tenant_id, operation_id, number, leg
  from operations, json_array_elements(legs) with ordinality l (leg, number);
alter table operations drop column legs;
alter table operations add column state text not null default 'ended'
  check (state in ('running', 'ended', 'cancelled'));
alter table operations alter column state drop default;
-- When a leg was last begun: without one for a while, nobody is at it any more.
alter table operations add column beat_at timestamptz;
alter table operations add column ended_at timestamptz;
update operations set ended_at = at;
grant update (state, beat_at, ended_at) on operations to lockstep_app;
create index operations_by_end on operations (tenant_id, ended_at);
