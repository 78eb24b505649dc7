-- The audit as a chain: each row of a tenant has the next number and a hash over itself and the row
-- before. After it: rows are numbered without gaps in the order in which they were committed, whoever
-- writes them; the head tells how many there have to be; a seal, signed with a key that is not in the
-- database, tells what stood when it was made.

alter table audit add column address text;
alter table audit add column number bigint check (number > 0);
alter table audit add column previous bytea check (length(previous) = 32);
alter table audit add column hash bytea check (length(hash) = 32);

create table audit_heads (
  tenant_id uuid primary key references tenants,
  number bigint not null check (number > 0),
  hash bytea not null check (length(hash) = 32)
);

create table audit_seals (
  tenant_id uuid not null references tenants,
  number bigint not null check (number > 0),
  hash bytea not null check (length(hash) = 32),
  -- Which key signed it: the beginning of its own hash.
  key_id text not null,
  signature bytea not null,
  at timestamptz not null,
  primary key (tenant_id, number, key_id)
);

do $$
declare name text;
begin
  foreach name in array array['audit_heads', 'audit_seals'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy own_tenant on %I using (tenant_id = (select current_tenant()))
      with check (tenant_id = (select current_tenant()))', name);
    execute format('grant select on %I to lockstep_app', name);
  end loop;
end $$;
grant insert on audit_seals to lockstep_app;

-- A field so that no two different rows are one text: its length goes before it.
create function audit_field(field text) returns text language sql immutable parallel safe
  return case when field is null then '-;'
    else octet_length(convert_to(field, 'UTF8')) || ':' || field || ';' end;

create function audit_hash(a audit) returns bytea language sql immutable
  return sha256(a.previous || convert_to(audit_field(a.tenant_id::text)
    || audit_field(a.number::text) || audit_field(a.by_whom) || audit_field(a.address)
    || audit_field(a.action) || audit_field(a.subject) || audit_field(a.before::text)
    || audit_field(a.after::text)
    || audit_field((extract(epoch from a.at) * 1000000)::bigint::text), 'UTF8'));

-- The head is locked until the writer commits, so that numbers follow each other as commits do.
create function chain_audit() returns trigger language plpgsql security definer
  set search_path = public as $$
begin
  insert into audit_heads as h (tenant_id, number, hash)
    values (new.tenant_id, 1, decode(repeat('00', 32), 'hex'))
    on conflict (tenant_id) do update set number = h.number + 1
    returning number, hash into new.number, new.previous;
  new.at := clock_timestamp();
  new.hash := audit_hash(new);
  update audit_heads set hash = new.hash where tenant_id = new.tenant_id;
  return new;
end $$;
revoke all on function chain_audit() from public;

-- What was written before there was a chain is chained as it stands.
do $$
declare
  tenant uuid;
  a audit;
  last bytea;
  place bigint;
begin
  for tenant in select tenant_id from tenants loop
    perform set_config('lockstep.tenant', tenant::text, true);
    last := decode(repeat('00', 32), 'hex');
    place := 0;
    for a in select * from audit where tenant_id = tenant order by audit_id loop
      place := place + 1;
      a.number := place;
      a.previous := last;
      a.hash := audit_hash(a);
      last := a.hash;
      update audit set number = place, previous = a.previous, hash = last
        where tenant_id = tenant and audit_id = a.audit_id;
    end loop;
    if place > 0 then insert into audit_heads values (tenant, place, last); end if;
  end loop;
  perform set_config('lockstep.tenant', '', true);
end $$;

alter table audit alter column number set not null;
alter table audit alter column previous set not null;
alter table audit alter column hash set not null;
create unique index audit_by_number on audit (tenant_id, number);
create trigger chain_audit before insert on audit for each row execute function chain_audit();
