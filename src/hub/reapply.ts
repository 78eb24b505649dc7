/**
 * Applies the rules of now to what a subscription has open, where somebody asked for it in whatever
 * process, and answers with what that is.
 * Invariants: a request is answered once, by the owner of the account, and only once nothing of the
 * account is on its way; a dry run changes nothing; what was done is asked of the account's lane
 * before it is answered, so that an owner that dies in between is followed by one that finds nothing
 * left to do.
 */
import { SKIP_REASONS } from "../domain/codes.ts";
import { errorWords } from "../domain/errors.ts";
import { formatFixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { entryOf, type Stops } from "../follower/entry.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import { marketAt } from "../follower/plan.ts";
import { type Reapplied, type ReapplyLeg, reapply } from "../follower/reapply.ts";
import { type Refusal, refuse } from "../follower/refusal.ts";
import { mapSymbol } from "../follower/rules/symbol-map.ts";
import type { Rules } from "../follower/rules.ts";
import type { Subscription } from "../follower/state.ts";
import { stopsAnew } from "../follower/stops.ts";
import { viewSignal } from "../follower/view.ts";
import type { Signal } from "../master/signal.ts";
import type { AppliedLeg } from "../subscriptions/reapply/service.ts";
import type { RulesAnswer, RulesRequest } from "../subscriptions/reapply/store.ts";
import { putOnLane } from "./close-copies.ts";
import type { Hub } from "./hub.ts";
import { asToldNow, type Books, masterOf } from "./realigner.ts";

/** So long a busy account is waited for, and a request that nobody took is still what was meant. */
const BUSY_MS = 60_000;
const REQUEST_MS = 600_000;

export class ReapplyWatch {
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  async sweep(tenantId: string): Promise<void> {
    const { stores, leases } = this.#hub.deps;
    const { reapply: store } = stores;
    if (store === undefined) return;
    for (const request of await store.requests(tenantId, leases.partitions)) {
      const answer = await this.#answer(request).catch((error: unknown) => {
        this.#hub.fault(error, `applying rules to subscription ${request.subscriptionId}`);
        return refused(errorWords(error));
      });
      if (answer !== null) await store.answer(tenantId, request.requestId, answer);
    }
  }

  /** Null where it is left for the next sweep. */
  async #answer(request: RulesRequest): Promise<RulesAnswer | null> {
    const subscription = this.#hub.followers.subscriptions.get(request.subscriptionId);
    const newest = subscription?.rules.at(-1);
    if (request.ageMs > REQUEST_MS) return refused("nobody served its account in time: ask again");
    if (subscription === undefined || newest === undefined) return null;
    if (newest.version < request.rulesVersion) return null;
    if (!this.#isFree(subscription)) {
      return request.ageMs < BUSY_MS ? null : refused("the account is busy: try again");
    }
    const found = await this.#reckon(subscription, newest.rules);
    const legs = found.map(({ leg }) => legJson(leg));
    const { version: rulesVersion, fromSequence } = newest;
    const facts = { isDone: true, rulesVersion, fromSequence, legs };
    if (request.dryRun) return { ...facts, words: `version ${rulesVersion} would be applied` };
    // The ledger was asked in between.
    if (!this.#isFree(subscription) || subscription.rules.at(-1) !== newest) return null;
    if (!(await this.#send(subscription, request, found))) return null;
    for (const [position, one] of subscription.copied) {
      const openedBy = Math.max(one.openedBy ?? 0, fromSequence + 1);
      subscription.copied.set(position, { ...one, openedBy });
    }
    return { ...facts, words: `version ${rulesVersion} is applied` };
  }

  #isFree({ subscriptionId, account, waiting }: Subscription): boolean {
    const { followers, accounts } = this.#hub;
    const isServed = accounts.get(account.account.accountId) === account;
    const isOurs = followers.subscriptions.get(subscriptionId)?.account === account;
    const isIdle = account.unresolved.size === 0 && waiting.length === 0;
    return isServed && isOurs && account.ready && isIdle;
  }

  async #reckon(subscription: Subscription, rules: Rules): Promise<readonly Reapplied[]> {
    const { account, copied } = subscription;
    const books: Books = new Map();
    const signals = new Map<string, Signal | null>();
    for (const { position, holdings } of copied.values()) {
      if (holdings.length > 0)
        signals.set(position, await this.#signalOf(subscription, position, books));
    }
    const { figures } = account;
    const equity =
      figures === null ? null : figures.equity - (rules.includeCredit ? 0n : figures.credit);
    const siblings = this.#hub.followers.ofAccount(account.account.accountId);
    return reapply({
      ...{ rules, equity, currency: account.currency, market: account.market },
      ofSubscription: [...copied.values()],
      ofAccount: siblings.flatMap((one) => [...one.copied.values()]),
      stops: (one) =>
        this.#stops(subscription, one, { rules, signal: signals.get(one.position) ?? null }),
    });
  }

  async #signalOf(subscription: Subscription, position: string, books: Books) {
    const master = await masterOf(this.#hub, subscription, { position }, books);
    if (master === null) return null;
    const told = { id: idOf("rules", position), position, masterPrice: null };
    return asToldNow(this.#hub, told, subscription, master);
  }

  #stops(
    { account }: Subscription,
    copied: CopiedPosition,
    { rules, signal }: { readonly rules: Rules; readonly signal: Signal | null },
  ): Stops | Refusal {
    if (signal === null) return refuse("ALREADY_CLOSED", { step: "stops" });
    const { surroundings, deps } = this.#hub;
    const mapped = surroundings.mapped(signal, account.account.brokerId);
    const market = { ...marketAt(account.market, deps.clock.now()), ...(mapped ? { mapped } : {}) };
    const view = viewSignal(signal, market);
    const symbol = view.symbol(copied.symbol);
    if (symbol === undefined) return refuse("SYMBOL_MISSING", { step: "symbol" });
    if (symbol.quote === null) return refuse("NO_PRICE", { step: "stops" });
    const { priceFactor } = mapSymbol(signal.symbol, rules.symbolMap, mapped);
    return stopsAnew(entryOf(view, symbol, copied.side, priceFactor), rules, copied);
  }

  /** Stops first: they go to the whole of a position, and its close waits for their answer. */
  async #send(subscription: Subscription, request: RulesRequest, found: readonly Reapplied[]) {
    const { account, subscriptionId } = subscription;
    const now = this.#hub.deps.clock.now();
    const fence = this.#hub.deps.leases.fence(account.partition);
    if (fence === null) return false;
    const of = (kind: "protect" | "close"): LedgerInstruction[] => {
      const id = idOf("rules", request.requestId, kind, String(now));
      const origin = { kind: "rules" as const, id, sequence: Math.floor(now / 1_000) };
      const plans = found.flatMap(({ leg: { position }, plans }) =>
        plans.filter((plan) => plan.kind === kind).map((plan) => ({ ...plan, position })),
      );
      return plans.map((plan, index) => ({
        key: instructionKey(origin, subscriptionId, index + 1, 1),
        ...{ account: account.account, partition: account.partition, fence, origin },
        ...{ subscriptionId, part: index + 1, attempt: 1 },
        ...plan,
        ...{ masterPrice: null, status: "sent" as const, validUntil: null },
      }));
    };
    return putOnLane(this.#hub, account, [...of("protect"), ...of("close")]);
  }
}

const refused = (words: string): RulesAnswer => ({
  ...{ isDone: false, words, rulesVersion: null, fromSequence: null, legs: [] },
});

function legJson({ held, close, stops, skipped, ...leg }: ReapplyLeg): AppliedLeg {
  const price = (value: bigint | null) => (value === null ? null : formatFixed(value));
  const placed =
    stops === null
      ? null
      : { stopLoss: price(stops.stopLoss), takeProfit: price(stops.takeProfit) };
  const closes = `${formatFixed(close)} of ${formatFixed(held)} lots closed (${leg.cap})`;
  const words = [
    ...(close > 0n ? [closes] : []),
    ...(placed === null
      ? []
      : [`stop-loss ${placed.stopLoss ?? "none"}, take-profit ${placed.takeProfit ?? "none"}`]),
    ...(skipped === null ? [] : [`left alone: ${SKIP_REASONS[skipped]}`]),
  ];
  const told = words.length === 0 ? "stays as it is" : words.join("; ");
  const { position, symbol, side, cap } = leg;
  const lots = { held: formatFixed(held), close: formatFixed(close) };
  return { position, symbol, side, ...lots, cap, stops: placed, skipped, words: told };
}
