/**
 * An instruction as its broker is told it.
 * On a netting account the broker holds only the sum of all copies of a symbol. While all of them
 * are on one side, its position is closed in part, which can never open anything. Where copies of
 * both sides stand, the sum may be smaller than what is to be closed, or on the other side: then
 * the opposite order is sent, and the broker nets it. That needs the position as it stands now; where
 * an open of the other side is unanswered nobody knows how it stands, and the opposite order is right
 * whichever comes first.
 */
import type { Fixed } from "../domain/fixed.ts";
import { magicOf } from "../domain/ids.ts";
import type { Instruction } from "../domain/instruction.ts";
import { opposite } from "../domain/trade.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import { heldOf } from "../follower/outcome.ts";
import type { AccountState, Net, Subscription } from "../follower/state.ts";

export type Sender = {
  readonly account: AccountState;
  /** All that copy into the account. */
  readonly subscriptions: readonly Subscription[];
  /** What the account's broker has not answered yet, or of which the answer was lost. */
  readonly underWay: readonly LedgerInstruction[];
  readonly fence: number;
};

export function brokerOrder(instruction: LedgerInstruction, sender: Sender): Instruction {
  const { key, account, kind, symbol, side, volume, positionId, stopLoss, takeProfit } =
    instruction;
  const { orderId = null, pending = null } = instruction;
  const order: Instruction = {
    key,
    account,
    kind,
    symbol,
    side,
    volume,
    positionId,
    orderId,
    pending,
    stopLoss,
    takeProfit,
    magic: magicOf(key),
    comment: key,
    fence: sender.fence,
    validUntil: endsWithTime(instruction) ? instruction.validUntil : null,
  };
  return sender.account.positionMode === "netting"
    ? asNetted(order, nettingOf(order, sender))
    : order;
}

/** An order that opens something, now or later, comes too late; nothing else ever does. */
export function endsWithTime({ kind }: Pick<LedgerInstruction, "kind">): boolean {
  return kind === "open" || kind === "place";
}

/** Whether only a look at the broker can tell how this is to be sent. */
export function needsLook(instruction: LedgerInstruction, sender: Sender): boolean {
  const { kind } = instruction;
  if (sender.account.positionMode === "hedging") return false;
  if (kind !== "close" && kind !== "protect") return false;
  const { net, opposed } = nettingOf(instruction, sender);
  return opposed || net?.positionId !== instruction.positionId;
}

function nettingOf(
  { symbol, side }: Pick<Instruction, "symbol" | "side">,
  { account, subscriptions, underWay }: Sender,
): Netting {
  const moving = underWay.some(
    (one) => one.kind === "open" && one.symbol === symbol && one.side !== side,
  );
  const opposed = subscriptions
    .flatMap((subscription) => [...subscription.copied.values()])
    .some((one) => one.symbol === symbol && one.side !== side && heldOf(one) > 0n);
  const net = account.nets.get(symbol) ?? null;
  const held = subscriptions
    .flatMap((subscription) => [...subscription.copied.values()])
    .filter((one) => one.symbol === symbol)
    .reduce((sum, one) => sum + (one.side === side ? heldOf(one) : -heldOf(one)), 0n);
  const actual = net === null ? 0n : net.side === side ? net.volume : -net.volume;
  return { net, opposed: opposed || moving, moving, lacking: held - actual };
}

type Netting = {
  /** As last heard; null where the account is flat in the symbol, or nothing was heard yet. */
  readonly net: Net | null;
  /** Whether a copy of the symbol stands on the other side. */
  readonly opposed: boolean;
  /** Whether one may come to stand there while this is on its way. */
  readonly moving: boolean;
  /** What the copies hold together on its side, less what the account does. */
  readonly lacking: Fixed;
};

type Ordered = Pick<Instruction, "kind" | "side" | "volume" | "positionId">;

/** The same instruction as the broker of a netting account has to be told it. */
function asNetted<T extends Ordered>(instruction: T, netting: Netting): T {
  const { net, opposed, moving, lacking } = netting;
  const { kind, side, volume } = instruction;
  if (kind !== "close" && kind !== "protect") return instruction;
  const covers = net !== null && net.side === side && (volume === null || net.volume >= volume);
  if (kind === "close" && opposed && (moving || !covers) && volume !== null) {
    // What a hand has closed already is not closed again: here that would open.
    const rest = moving || lacking <= 0n ? volume : volume - lacking;
    if (rest <= 0n) return instruction;
    const order = { kind: "open" as const, side: opposite(side), positionId: null };
    return { ...instruction, ...order, volume: rest };
  }
  return net !== null && net.side === side
    ? { ...instruction, positionId: net.positionId }
    : instruction;
}
