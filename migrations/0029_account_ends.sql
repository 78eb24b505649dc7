-- Accounts that are put away. After this migration: an account that is archived keeps its rows, and
-- is served by nobody.

alter table accounts add column archived_at timestamptz;
grant update (name, archived_at) on accounts to lockstep_app;
