-- Processes hear of changes also where the owner of the database is no superuser.
-- After it: the owner may read what changed, and the application's role sees what it saw before.

create policy owner_finds on ledger_changes for select to current_user using (true);
