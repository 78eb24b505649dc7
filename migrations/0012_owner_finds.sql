-- The looks over all tenants see what they are for also where the owner of the database is no
-- superuser: isolation is forced on it too, so that it needs leave to read what they look at.
-- After it: the owner may read these tables, and the application's role sees what it saw before.

create policy owner_finds on api_keys for select to current_user using (true);
create policy owner_finds on kill_states for select to current_user using (true);
create policy owner_finds on divergences for select to current_user using (true);
create policy owner_finds on outbox for select to current_user using (true);
