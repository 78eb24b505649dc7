-- Who has read which notice. A notice is what happened, and stands in the ledger already; its id is
-- made of that. After this migration:
--   a reader (a person, or a visitor of the demo) has read a notice once, or has not read it;
--   what was read may be unread again, and nothing else is ever taken back.

create table notices_read (
  tenant_id uuid not null references tenants,
  reader text not null check (reader <> ''),
  notice_id uuid not null,
  read_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, reader, notice_id)
);
alter table notices_read enable row level security;
alter table notices_read force row level security;
create policy own_tenant on notices_read using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert, delete on notices_read to lockstep_app;
