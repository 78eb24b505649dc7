-- A person may be forgotten. After it: the application may empty where a session came from and whom a
-- link went to, besides what it may change of people already.

grant update (address, agent) on sessions to lockstep_app;
grant update (email, by_whom) on links to lockstep_app;
grant update (by_whom) on api_keys to lockstep_app;
