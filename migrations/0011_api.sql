-- What the API needs of its own. After this migration:
--   an Idempotency-Key of a caller exists once, with a hash of the request it came with, and the
--   answer once there is one;
--   signals are listed by when they were committed without reading them all.

create table idempotency_keys (
  tenant_id uuid not null references tenants,
  owner text not null,
  key text not null check (length(key) between 1 and 255),
  request_hash text not null,
  begun_at timestamptz not null,
  -- Null while it is worked on.
  status smallint,
  body text not null default '',
  type text not null default '',
  primary key (tenant_id, owner, key)
);
create index idempotency_keys_by_time on idempotency_keys (begun_at);

create index signals_by_commit on signals (tenant_id, committed_at, signal_id);
create index deals_by_time on deals (tenant_id, account_id, at, deal_id);

alter table idempotency_keys enable row level security;
alter table idempotency_keys force row level security;
create policy own_tenant on idempotency_keys using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));
grant select, insert, update, delete on idempotency_keys to lockstep_app;
