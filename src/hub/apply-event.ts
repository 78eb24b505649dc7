/** What an event of an account does to what is known of it: told to each part once, in order. */
import type { AccountState } from "../follower/state.ts";
import type { GatewayEvent } from "../gateway/gateway.ts";
import type { Hub } from "./hub.ts";
import { hearNet } from "./memory.ts";

export function applyEvent(
  hub: Hub,
  account: AccountState,
  { event, at }: Extract<GatewayEvent, { type: "event" }>,
): void {
  const { recorder } = hub.reconciler;
  switch (event.type) {
    case "order":
      hub.mirrors.onOrder(account, event);
      return;
    case "cash":
      account.figures = event.after;
      hub.cash.paid(account, event.movement);
      hub.limits.hear(account);
      return;
    case "position":
      hearNet(account, event.position.symbol, event.position);
      recorder.position(account.account, event.position, at);
      return;
    case "deal":
      hearNet(account, event.deal.symbol, event.position);
      hub.cash.dealt(account, event.deal);
      recorder.deal(account.account, event.deal, event.position);
      hub.mirrors.onDeal(account, event.deal);
      hub.reconciler.onDeal(account, event.deal, event.position);
  }
}
