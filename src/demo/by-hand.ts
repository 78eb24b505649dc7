/** What a follower of the demo does at the terminal, past the hub. */
import { isLockstepError } from "../domain/errors.ts";
import { formatFixed, parseFixed, roundHalfEven } from "../domain/fixed.ts";
import { opposite } from "../domain/trade.ts";
import type { OpenBroker } from "./brokers.ts";
import type { DemoAccount } from "./definition.ts";

const COMMON = { magic: 0, comment: "by hand", stopLoss: null, takeProfit: null };

/** Says what was done, or why nothing was. */
export function byHand(
  what: "close" | "orphan",
  follower: DemoAccount,
  { broker }: OpenBroker,
): string {
  const { login, name } = follower;
  const [first] = broker.snapshot(login).positions;
  if (what === "close") {
    if (first === undefined) return `${name} holds nothing to close yet: try again after a copy.`;
    const { id, symbol, side } = first;
    const done = broker.trade(login, {
      ...{ kind: "close", volume: null, positionId: id, symbol, side },
      ...COMMON,
    });
    return done.status === "done"
      ? `${name} closed a copy of ${symbol} by hand.`
      : `The broker refused to close: ${done.code ?? done.status}.`;
  }
  const spec = broker.symbols[0];
  if (spec === undefined) return "The broker has no symbols.";
  const side = first === undefined ? "buy" : opposite(first.side);
  const order = { kind: "open", symbol: spec.name, side, volume: parseFixed("0.1") } as const;
  const done = broker.trade(login, { ...order, positionId: null, ...COMMON });
  return done.status === "done"
    ? `${name} opened ${side} 0.1 ${spec.name} by hand, which is no copy.`
    : `The broker refused to open: ${done.code ?? done.status}.`;
}

/** A tenth of the balance, to the cent; says what was paid, or why nothing was. */
export function payByHand(
  kind: "deposit" | "withdrawal",
  { login, name }: DemoAccount,
  { broker }: OpenBroker,
): string {
  const { balance, currency } = broker.snapshot(login).figures;
  const tenth = roundHalfEven(balance / 10n, 2);
  const paid = `${formatFixed(tenth, 2)} ${currency}`;
  try {
    broker.pay(login, { kind, amount: kind === "deposit" ? tenth : -tenth });
  } catch (error) {
    if (!isLockstepError(error, "BAD_INPUT")) throw error;
    return `The broker refused to pay ${paid} out: too little of ${name}'s money is free.`;
  }
  return kind === "deposit"
    ? `${name} paid ${paid} in, which is no profit.`
    : `${name} took ${paid} out, which is no loss.`;
}
