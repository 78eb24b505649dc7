-- Whose a key is. After it: a key of a person may do no more than the person may when it is shown, and
-- nothing while the person is kept out; keys of before, and of the command line, are nobody's.

alter table api_keys add column person_id uuid;
alter table api_keys add foreign key (tenant_id, person_id) references people;
