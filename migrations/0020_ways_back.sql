-- What was tried to end a divergence is found by the divergence, and what became of it is kept.
-- After it: each opening, return and end of a divergence is a row of its own.

create index instructions_realigning on instructions (tenant_id, origin_id) where origin = 'realign';

create table divergence_events (
  tenant_id uuid not null,
  event_id bigint generated always as identity,
  divergence_id uuid not null,
  what text not null check (what in ('opened', 'returned', 'ended')),
  resolution text check ((resolution is null) = (what <> 'ended')),
  at timestamptz not null,
  primary key (tenant_id, event_id),
  foreign key (tenant_id, divergence_id) references divergences
);
create index divergence_events_by_divergence on divergence_events (tenant_id, divergence_id, event_id);
alter table divergence_events enable row level security;
alter table divergence_events force row level security;
create policy own_tenant on divergence_events using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert on divergence_events to lockstep_app;

create index divergence_requests_by_divergence on divergence_requests (tenant_id, divergence_id);
