/**
 * FIFO accounts close the oldest position of a size first, and refuse any other (10045). Which of
 * our copies a broker position carries is ours to say: where the oldest of the same symbol, side and
 * size is another copy's, the two copies change places, and the close takes the oldest. A position
 * of the user's is never touched, nor a part of another copy's: then the close ends as FIFO_BLOCKED,
 * and a divergence tells of it, which closes what is too much once the older position is gone.
 * Invariants: positions of one size change hands whole, so that no copy holds more or less than
 * before; nothing of which an answer is outstanding does; what is left has its own copy's stops.
 */
import type { Fixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { Position } from "../domain/trade.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import type { CopiedRow } from "../follower/ledger.ts";
import type { AccountState, Subscription } from "../follower/state.ts";
import type { LaneDeps } from "./ports.ts";

export type Exchange = {
  /** What the close takes now. */
  readonly positionId: string;
  /** The two copies with each other's position: of the close first. */
  readonly copies: readonly [CopiedPosition, CopiedPosition];
};

type Asked = Pick<LedgerInstruction, "subscriptionId" | "position" | "positionId" | "volume">;

/** Null where nothing of ours is older, or the oldest is not ours alone. */
export function exchangeForOldest(
  { subscriptionId, position, positionId, volume }: Asked,
  account: Pick<AccountState, "unresolved">,
  facts: {
    readonly subscriptions: readonly Subscription[];
    readonly positions: readonly Position[];
  },
): Exchange | null {
  const copies = facts.subscriptions.flatMap(({ copied }) => [...copied.values()]);
  const own = copies.find(
    (one) => one.subscriptionId === subscriptionId && one.position === position,
  );
  const mine = facts.positions.find(({ id }) => id === positionId);
  if (own === undefined || mine === undefined || volume !== mine.volume) return null;
  const [oldest] = facts.positions
    .filter(({ symbol, side }) => symbol === mine.symbol && side === mine.side)
    .filter((one) => one.volume === mine.volume)
    .sort((a, b) => a.openedAt - b.openedAt || Number(a.id) - Number(b.id));
  if (oldest === undefined || oldest.id === mine.id) return null;
  const other = copies.find((one) => holds(one, oldest.id, mine.volume));
  if (other === undefined || other === own || !holds(own, mine.id, mine.volume)) return null;
  const busy = [...account.unresolved.values()].some(
    (one) => one.subscriptionId === other.subscriptionId && one.position === other.position,
  );
  if (busy || other.state !== "open") return null;
  const copied = [renamed(own, mine.id, oldest.id), renamed(other, oldest.id, mine.id)] as const;
  return { positionId: oldest.id, copies: copied };
}

/**
 * Whether the refusal stays as it is until somebody else acts: the position stands, and nothing of
 * ours in its symbol is on its way that could change what is the oldest.
 */
export function isBlockedForGood(
  { subscriptionId, position, positionId, symbol }: Asked & { readonly symbol: string },
  account: Pick<AccountState, "unresolved">,
  positions: readonly Position[],
): boolean {
  const mine = positions.find(({ id }) => id === positionId);
  if (mine === undefined) return false;
  const isOlder = (one: Position): boolean =>
    one.openedAt < mine.openedAt ||
    (one.openedAt === mine.openedAt && Number(one.id) < Number(mine.id));
  if (!positions.some((one) => one.symbol === mine.symbol && isOlder(one))) return false;
  return ![...account.unresolved.values()].some(
    (one) =>
      one.symbol === symbol && (one.subscriptionId !== subscriptionId || one.position !== position),
  );
}

const holds = ({ holdings }: CopiedPosition, positionId: string, volume: Fixed): boolean =>
  holdings.some((one) => one.positionId === positionId && one.volume === volume);

function renamed(copied: CopiedPosition, from: string, to: string): CopiedPosition {
  const holdings = copied.holdings.map((one) =>
    one.positionId === from ? { ...one, positionId: to } : one,
  );
  return { ...copied, holdings };
}

/** The stops of the copy that stays, at the position that it has now; none where they are the same. */
function protectsOf(close: LedgerInstruction, { copies }: Exchange): LedgerInstruction[] {
  const [closing, { subscriptionId, position, stopLoss, takeProfit }] = copies;
  if (closing.stopLoss === stopLoss && closing.takeProfit === takeProfit) return [];
  const id = idOf("oldest first", close.key, position);
  const origin = { ...close.origin, kind: "realign" as const, id };
  return [
    {
      ...close,
      ...{ key: instructionKey(origin, subscriptionId, 1, 1), origin, subscriptionId, position },
      ...{
        part: 1,
        attempt: 1,
        kind: "protect",
        positionId: close.positionId,
        volume: null,
        stopLoss,
        takeProfit,
      },
      ...{ orderId: null, pending: null, validUntil: null },
    },
  ];
}

export type Mapped = {
  readonly positionId: string;
  readonly rows: readonly CopiedRow[];
  readonly protects: readonly LedgerInstruction[];
};

/**
 * Looks at the account and changes the copies in memory; the caller writes them before it sends.
 * "blocked": nothing of ours can help, and trying again would only be refused again.
 */
export async function oldestFirst(
  account: AccountState,
  close: LedgerInstruction & { readonly code: string | null },
  deps: Pick<LaneDeps, "gateway" | "subscriptions" | "subscription" | "fault" | "fence">,
): Promise<Mapped | "blocked" | null> {
  const { code, ...instruction } = close;
  const fence = deps.fence(account.partition);
  if (code !== "FIFO_BLOCKED" || close.kind !== "close" || fence === null) return null;
  if (account.positionMode === "netting") return null;
  try {
    const { positions } = await deps.gateway(account).snapshot(account.account);
    const subscriptions = deps.subscriptions(account.account.accountId);
    const found = exchangeForOldest(instruction, account, { subscriptions, positions });
    if (found === null) {
      return isBlockedForGood(instruction, account, positions) ? "blocked" : null;
    }
    for (const one of found.copies) {
      deps.subscription(one.subscriptionId)?.copied.set(one.position, one);
    }
    const { partition } = account;
    return {
      positionId: found.positionId,
      rows: found.copies.map((copied) => ({ partition, fence, copied })),
      protects: protectsOf({ ...instruction, fence }, found),
    };
  } catch (error) {
    deps.fault(error, "looking for the oldest position");
    return null;
  }
}
