-- What is open may be closed before an economic release, or brought to new rules. After this
-- migration an instruction may come of either.

alter table instructions drop constraint instructions_check;
alter table instructions add constraint instructions_check
  check (origin in ('signal', 'realign', 'limit', 'kill', 'stop', 'news', 'rules')
    and side in ('buy', 'sell') and attempt > 0 and part > 0);
