/** From a signal and a subscription to the rows of its decision, ready to be written. */
import type { Instant } from "../domain/instant.ts";
import type { Signal } from "../master/signal.ts";
import { decider } from "./decide.ts";
import type { CopiedPosition, Decision, FollowerState, Market } from "./decision.ts";
import { instructionKey } from "./instruction.ts";
import type { Lanes } from "./ports.ts";
import type { Registry } from "./registry.ts";
import { type AccountState, followerState, rulesOf, type Subscription } from "./state.ts";
import { laterStopsFor } from "./stop-wait.ts";
import type { DecisionRow } from "./store.ts";
import { around, type Surroundings } from "./surroundings.ts";
import { validUntilOf } from "./turn.ts";

export type Planned = {
  readonly subscription: Subscription;
  readonly row: DecisionRow;
  /** The copied position that the row was planned from. */
  readonly before: CopiedPosition | undefined;
};

type Decide = (subscription: Subscription) => Decision;

/** Decides one signal for any of its followers; what they share is prepared once a market. */
export function deciding(
  signal: Signal,
  now: Instant,
  context: { readonly registry: Registry; readonly surroundings: Surroundings },
): Decide {
  const { registry, surroundings } = context;
  const shared = around(signal, surroundings);
  const prepared = new Map<AccountState["market"], (follower: FollowerState) => Decision>();
  return (subscription) => {
    const { market } = subscription.account;
    let one = prepared.get(market);
    if (one === undefined) {
      const mapped = surroundings.mapped(signal, subscription.account.account.brokerId);
      const named = mapped === undefined ? {} : { mapped };
      one = decider(signal, { ...marketAt(market, now), ...shared, ...named });
      prepared.set(market, one);
    }
    const later = laterStopsFor(subscription, signal);
    return one(followerState(subscription, signal, registry, later));
  };
}

export function marketAt(market: AccountState["market"], now: Instant): Market {
  return {
    now,
    spec: (symbol) => market.spec(symbol),
    quote: (symbol) => market.quote(symbol),
    rate: (from, to) => market.rate(from, to),
    isOpen: (symbol) => market.isOpen(symbol, now),
  };
}

/** Takes a place in the account's lane for each instruction. */
export function plan(
  signal: Signal,
  subscription: Subscription,
  context: { readonly fence: number; readonly decide: Decide; readonly lanes: Lanes },
): Planned {
  const { account, subscriptionId } = subscription;
  const { fence, lanes } = context;
  const decision = context.decide(subscription);
  const { version } = rulesOf(subscription, signal);
  const validUntil = validUntilOf(subscription, signal);
  const origin = { kind: "signal" as const, id: signal.id, sequence: signal.sequence };
  const place = decision.place ?? signal.position;
  const copied = subscription.copied.get(place);
  const row = {
    subscriptionId,
    partition: account.partition,
    fence,
    rulesVersion: version,
    decision,
    copied:
      decision.target === null || copied === undefined
        ? null
        : { ...copied, target: decision.target, through: signal.sequence },
    instructions: decision.plans.map((one) => ({
      key: instructionKey(origin, subscriptionId, one.part, 1),
      account: account.account,
      partition: account.partition,
      fence,
      origin,
      subscriptionId,
      position: place,
      part: one.part,
      attempt: 1,
      kind: one.kind,
      symbol: one.symbol,
      side: one.side,
      volume: one.volume,
      positionId: one.positionId,
      orderId: one.orderId ?? null,
      pending: one.pending ?? null,
      stopLoss: one.stopLoss,
      takeProfit: one.takeProfit,
      // A position from before has no opening of its own to keep distances from.
      masterPrice: signal.existing ? null : signal.price,
      status: lanes.admit(account),
      validUntil: one.kind === "open" || one.kind === "place" ? validUntil : null,
    })),
  };
  return { subscription, row, before: copied };
}
