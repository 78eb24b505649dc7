-- After this migration what people did, and what came apart, since an instant is found without reading
-- all of it.

create index audit_in_time on audit (tenant_id, at);
create index divergence_events_in_time on divergence_events (tenant_id, at);
