/**
 * What a limit, a kill switch or an economic release still has to close of a subscription's copies, as ordinary
 * instructions of the account's lane.
 * Invariants: each holding is closed whole and once at a time: a position of which anything is
 * unanswered waits until it is not; nothing that is not a copy is touched.
 */
import { idOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import { instructionKey, type LedgerInstruction } from "../follower/instruction.ts";
import type { Subscription } from "../follower/state.ts";

/** The lane itself tries a close again; this is for one that ended without closing anything. */
const RETRY_MS = 30_000;

/** What asks for it. */
export type StopOutOrigin = "limit" | "kill" | "stop" | "news";

/** When it was last tried to close a copy as it stands. */
export type Tried = WeakMap<CopiedPosition, Instant>;

/** Which copies are meant; all unless told. */
export type Only = (copied: CopiedPosition) => boolean;

type Context = { readonly origin: StopOutOrigin; readonly fence: number; readonly now: Instant };

/** Of both at once each has its own, though only one finds anything to close. */
const STOP_OUT_IDS = { limit: "stop-out", kill: "kill", stop: "stopping", news: "news" } as const;

export function stopOut(
  subscription: Subscription,
  context: Context & { readonly tried: Tried; readonly only?: Only },
): LedgerInstruction[] {
  const { account, subscriptionId } = subscription;
  const { now, tried, only = () => true } = context;
  const busy = new Set(
    [...account.unresolved.values()]
      .filter((one) => one.subscriptionId === subscriptionId)
      .map(({ position }) => position),
  );
  const due = [...subscription.copied.values()].filter(
    (copied) =>
      only(copied) && !busy.has(copied.position) && now - (tried.get(copied) ?? 0) >= RETRY_MS,
  );
  for (const copied of due) tried.set(copied, now);
  return due.flatMap((copied) => closes(subscription, copied, context));
}

function closes(
  { account, subscriptionId }: Subscription,
  copied: CopiedPosition,
  { origin: kind, fence, now }: Context,
): LedgerInstruction[] {
  const { position, symbol, side } = copied;
  const origin = {
    kind,
    id: idOf(STOP_OUT_IDS[kind], subscriptionId, position, String(now)),
    sequence: Math.floor(now / 1_000),
  };
  return copied.holdings
    .filter(({ volume }) => volume > 0n)
    .map(({ positionId, volume }, index) => ({
      key: instructionKey(origin, subscriptionId, index + 1, 1),
      account: account.account,
      partition: account.partition,
      fence,
      origin,
      subscriptionId,
      position,
      part: index + 1,
      attempt: 1,
      kind: "close",
      symbol,
      side,
      volume,
      positionId,
      stopLoss: null,
      takeProfit: null,
      masterPrice: null,
      status: "sent",
      validUntil: null,
    }));
}
