-- What a stranger shows leads to its tenant also where the owner of the database is no superuser.
-- After it: the owner may read these tables, and the application's role sees what it saw before.

create policy owner_finds on people for select to current_user using (true);
create policy owner_finds on sessions for select to current_user using (true);
create policy owner_finds on links for select to current_user using (true);
