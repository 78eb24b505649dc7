-- How a subscription ends, and rules that others than the subscription say.
-- After it: what is being stopped says how until it is; a layer of rules is a row a version; an
-- instruction may come of a stopping.

alter table subscriptions add column stopping text
  check (stopping in ('close-by-master', 'close-now'));
grant update (stopping) on subscriptions to lockstep_app;

alter table instructions drop constraint instructions_check;
alter table instructions add constraint instructions_check
  check (origin in ('signal', 'realign', 'limit', 'kill', 'stop') and side in ('buy', 'sell')
    and attempt > 0 and part > 0);
