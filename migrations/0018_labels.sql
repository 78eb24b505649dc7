-- How people arrange what they look at: tags of accounts, and views of a list that they saved.

create table account_tags (
  tenant_id uuid not null,
  account_id uuid not null,
  tag text not null check (tag ~ '^[^\s,][^,]{0,39}$'),
  by_whom text not null check (by_whom <> ''),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, account_id, tag),
  foreign key (tenant_id, account_id) references accounts
);

create table saved_views (
  tenant_id uuid not null,
  -- Whose it is: a person's, a key's or a demo visitor's id.
  owner text not null check (owner <> ''),
  page text not null check (page ~ '^/[a-z/-]*$'),
  name text not null check (length(name) between 1 and 60),
  query text not null check (length(query) <= 2000),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, owner, page, name)
);

do $$
declare name text;
begin
  foreach name in array array['account_tags', 'saved_views'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select, insert, delete on %I to lockstep_app', name);
  end loop;
end $$;
grant update (query, at) on saved_views to lockstep_app;
