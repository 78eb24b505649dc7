/**
 * The master's pending order is gone, and what it did not fill never will be: the follower's own is
 * cancelled, and what it has filled alone is closed. Where a position of the master has taken it
 * over already, and only a part of the master's order had filled, the copy gives back the same share.
 */
import { type Fixed, formatFixed } from "../domain/fixed.ts";
import { ratio, ratioOf, times } from "../domain/ratio.ts";
import { copy, skip } from "./answer.ts";
import type { CopiedPosition, Decision, FollowerState, Holding, Plan } from "./decision.ts";
import { type Mirror, stands } from "./mirrored.ts";
import { heldVolume, spreadClose, volumeToClose } from "./reduce.ts";
import type { SignalView } from "./view.ts";

export function endOfOrder(view: SignalView, follower: FollowerState, mirror: Mirror): Decision {
  const { linked = null } = follower;
  if (linked !== null && mirror.holdings.length === 0) return giveBack(view, mirror, linked);
  const closes = closePlans(mirror, mirror.holdings);
  const plans = stands(mirror) ? [...closes, cancelPlan(mirror, closes.length + 1)] : closes;
  const held = heldVolume(mirror.holdings);
  const step = { step: "mirror", copied: mirror.state, held: formatFixed(held) };
  if (plans.length === 0) {
    const isEnded = mirror.state === "detached" || mirror.state === "stopped-out";
    return skip(isEnded ? "DETACHED" : "ALREADY_CLOSED", [step]);
  }
  return copy({ wanted: null, volume: held, steps: [step], plans, target: null });
}

/** The share that the master's order did not fill, of what the follower's order did. */
function giveBack(view: SignalView, mirror: Mirror, linked: CopiedPosition): Decision {
  const { before: rest } = view.signal;
  const { filled, masterFilled } = mirror.order;
  const symbol = view.symbol(linked.symbol);
  const held = heldVolume(linked.holdings);
  const step = { step: "mirror", copied: linked.state, held: formatFixed(held) };
  if (symbol === undefined || held === 0n || linked.state !== "open") {
    return skip("ALREADY_CLOSED", [step]);
  }
  const target = targetAfter(linked, filled, { rest, whole: masterFilled + rest });
  const limits = { volumeStep: symbol.spec.volumeStep, volumeMin: symbol.volumeMin };
  const closed = spreadClose(linked.holdings, volumeToClose(held, target, limits), limits);
  const volume = heldVolume(closed);
  const steps = [
    {
      ...{ step: "rest", filled: formatFixed(masterFilled), rest: formatFixed(rest) },
      ...{ held: formatFixed(held), volume: formatFixed(volume) },
    },
  ];
  const place = linked.position;
  if (volume === 0n) return { ...skip("BELOW_VOLUME_STEP", steps, { target }), place };
  const plans = closePlans(linked, closed);
  return { ...copy({ wanted: null, volume, steps, plans, target }), place };
}

function targetAfter(
  { target }: CopiedPosition,
  filled: Fixed,
  { rest, whole }: { readonly rest: Fixed; readonly whole: Fixed },
) {
  const share = times(ratioOf(filled), ratio(rest, whole));
  const left = ratio(target.n * share.d - share.n * target.d, target.d * share.d);
  return left.n > 0n ? left : ratioOf(0n);
}

function closePlans({ symbol, side }: CopiedPosition, holdings: readonly Holding[]): Plan[] {
  return holdings.map(({ positionId, volume }, index) => ({
    ...{ part: index + 1, kind: "close", symbol, side, volume, positionId },
    ...{ stopLoss: null, takeProfit: null },
  }));
}

function cancelPlan({ symbol, side, order }: Mirror, part: number): Plan {
  return {
    ...{ part, kind: "cancel", symbol, side, volume: null, positionId: null },
    ...{ orderId: order.orderId, stopLoss: null, takeProfit: null },
  };
}
