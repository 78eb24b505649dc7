-- Credentials of accounts at their brokers. After it: they are stored sealed under a key that is not
-- in the database, each version by itself; the application may write and remove them and never read
-- one back; the executor's role alone reads the sealed texts, and nothing else but which tenants there
-- are; a version that was replaced or removed holds nothing any more.

do $$ begin
  create role lockstep_executor nologin nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$;
do $$ begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant lockstep_executor to %I', current_user);
  end if;
end $$;

create table account_credentials (
  tenant_id uuid not null,
  account_id uuid not null,
  version integer not null check (version > 0),
  -- The names of its fields, such as login and password.
  fields text[] not null check (cardinality(fields) between 1 and 20),
  sealed text not null,
  by_whom text not null,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, account_id, version),
  check ((sealed = '') = (ended_at is not null)),
  foreign key (tenant_id, account_id) references accounts
);
create unique index account_credentials_in_force on account_credentials (tenant_id, account_id)
  where ended_at is null;
alter table account_credentials enable row level security;
alter table account_credentials force row level security;
create policy own_tenant on account_credentials using (tenant_id = (select current_tenant()))
  with check (tenant_id = (select current_tenant()));

grant select (tenant_id, account_id, version, fields, by_whom, created_at, ended_at), insert,
  update (ended_at) on account_credentials to lockstep_app;
grant usage on schema public to lockstep_executor;
grant select on account_credentials to lockstep_executor;

create function ended_holds_nothing() returns trigger language plpgsql as $$
begin
  new.sealed := '';
  return new;
end $$;
create trigger ended_holds_nothing before update of ended_at on account_credentials for each row
  when (new.ended_at is not null) execute function ended_holds_nothing();
