-- Where terminals reach each process of the hub. After this migration:
--   a terminal that comes to another process than its account's owner can be told where to go.
-- Of the machinery, not of a tenant, as leases and processes are.

create table terminal_places (
  owner uuid primary key,
  host text not null check (host <> ''),
  port int check (port between 1 and 65535),
  http_port int check (http_port between 1 and 65535),
  tls boolean not null
);
grant select, insert, update, delete on terminal_places to lockstep_app;
