-- A person may be forgotten. After it: the application may empty where a session came from and whom a
-- link went to, besides what it may change of people already.

grant update (address, agent) on sessions to lockstep_app;
grant update (email) on links to lockstep_app;
