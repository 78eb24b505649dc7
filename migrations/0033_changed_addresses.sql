-- A link may be one person's: to prove that a new address is theirs.
-- After it: a link of kind verify names the person and the address that is to become theirs.

alter table links add column person_id uuid;
alter table links add foreign key (tenant_id, person_id) references people;
alter table links add check (kind <> 'verify' or (person_id is not null and email is not null));
grant update (email) on people to lockstep_app;
