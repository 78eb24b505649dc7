/**
 * Books the swaps that are due, accounts by login, positions oldest first. A position bears the last
 * rollover that is in its swap, so each counts once, whatever was missed or restarted in between.
 */
import type { Instant } from "../../domain/instant.ts";
import type { Account } from "./account.ts";
import { rolloverAfter, type SwapPlan, swapThrough } from "./swaps.ts";
import type { Floor } from "./sweep.ts";

/** Gives the instant at which to come again: at once where an account cannot be valued yet. */
export function rollOver(floor: Floor, plan: SwapPlan, at: Instant): Instant {
  let waiting = false;
  for (const account of floor.accounts) {
    if (account.positions.size === 0) continue;
    if (account.figures() === null) waiting = true;
    else rollAccount(floor, account, plan, at);
  }
  return waiting ? at : rolloverAfter(at, plan);
}

function rollAccount(floor: Floor, account: Account, plan: SwapPlan, at: Instant): void {
  const { login, currency } = account.terms;
  const to = { plan, markets: floor.markets, currency };
  for (const position of [...account.held()]) {
    const terms = plan.symbols.get(position.symbol);
    const booked = terms === undefined ? null : swapThrough(position, at, terms, to);
    if (booked === null) continue;
    const sequence = account.sequence + 1;
    const after = { ...position, swap: booked.swap, swapAt: booked.through };
    floor.commit(account, [{ type: "position", at, login, sequence, position: after }]);
  }
}
