/**
 * What becomes of a copied position when its master closes, reduces or protects it. None of these
 * is ever filtered, guarded or held back by a kill switch, a pause or a lost connection: they are
 * decided as copies and wait in the lane.
 * Invariants: a close takes every holding whole; what the follower's side has ended is
 * ALREADY_CLOSED, what was never there NEVER_OPENED; a reduction changes the exact target also
 * where nothing can be closed for it.
 * The caller lets no signal of a position be decided while an earlier one is unanswered (turn.ts).
 * Should a close come before the answer to its open all the same, it has one more plan without
 * position and volume, for whatever that open brings: a close is never lost.
 */
import { formatFixed, maxFixed } from "../domain/fixed.ts";
import { ratioToFixed, ZERO_RATIO } from "../domain/ratio.ts";
import { copy, skip, skipRefused } from "./answer.ts";
import type { CopiedPosition, Decision, FollowerState, Holding, Plan } from "./decision.ts";
import { type EntryView, entryOf } from "./entry.ts";
import { excessOver, heldVolume, reducedTarget, spreadClose, volumeToClose } from "./reduce.ts";
import { isRefusal } from "./refusal.ts";
import { mapSymbol } from "./rules/symbol-map.ts";
import { followsProtection, stopsForProtect } from "./stops.ts";
import type { SignalView } from "./view.ts";

export function decideFollow(view: SignalView, follower: FollowerState): Decision {
  const { copied } = follower;
  if (copied === null || copied.state === "never-opened") {
    return skip("NEVER_OPENED", [{ step: "position" }]);
  }
  if (copied.state !== "open" && copied.state !== "opening") {
    return skip("ALREADY_CLOSED", [{ step: "position", copied: copied.state }]);
  }
  if (copied.state === "open" && heldVolume(copied.holdings) === 0n) {
    return skip("ALREADY_CLOSED", [{ step: "position", held: "0" }]);
  }
  if (view.signal.kind === "reduce" && view.signal.after > 0n) return reduce(view, copied);
  if (view.signal.kind === "protect") return protect(view, follower, copied);
  return closeAll(copied);
}

function closeAll(copied: CopiedPosition): Decision {
  const held = heldVolume(copied.holdings);
  const holdings = copied.holdings.filter(({ volume }) => volume > 0n);
  const plans = closePlans(copied, holdings);
  const unanswered = copied.state === "opening" ? [planFor(copied, null, plans.length + 1)] : [];
  return copy({
    wanted: held,
    volume: held,
    steps: [{ step: "close", held: formatFixed(held) }],
    plans: [...plans, ...unanswered],
    target: ZERO_RATIO,
  });
}

function reduce(view: SignalView, copied: CopiedPosition): Decision {
  const { before, after } = view.signal;
  const target = reducedTarget(copied.target, before, after);
  const symbol = view.symbol(copied.symbol);
  if (symbol === undefined) {
    return skip("SYMBOL_MISSING", [{ step: "symbol", symbol: copied.symbol }], { target });
  }
  const held = heldVolume(copied.holdings);
  const limits = { volumeStep: symbol.spec.volumeStep, volumeMin: symbol.volumeMin };
  const closed = spreadClose(copied.holdings, volumeToClose(held, target, limits), limits);
  const volume = heldVolume(closed);
  const wanted = maxFixed(0n, ratioToFixed(excessOver(held, target)));
  const steps = [
    {
      step: "reduce",
      before: formatFixed(before),
      after: formatFixed(after),
      held: formatFixed(held),
      target: formatFixed(ratioToFixed(target)),
      volumeStep: symbol.volumeStepText,
      volume: formatFixed(volume),
    },
  ];
  if (volume === 0n) return skip("BELOW_VOLUME_STEP", steps, { wanted, target });
  return copy({ wanted, volume, steps, plans: closePlans(copied, closed), target });
}

function protect(view: SignalView, follower: FollowerState, copied: CopiedPosition): Decision {
  if (!followsProtection(follower.rules)) return skip("STOPS_LOCKED", [{ step: "stops" }]);
  const symbol = view.symbol(copied.symbol);
  if (symbol === undefined) {
    return skip("SYMBOL_MISSING", [{ step: "symbol", symbol: copied.symbol }]);
  }
  const { priceFactor } = mapSymbol(
    view.signal.symbol,
    follower.rules.symbolMap,
    view.market.mapped,
  );
  return protectAt(entryOf(view, symbol, copied.side, priceFactor), follower, copied);
}

function protectAt(entry: EntryView, follower: FollowerState, copied: CopiedPosition): Decision {
  const stops = stopsForProtect(entry, follower.rules, copied);
  if (isRefusal(stops)) return skipRefused(stops);
  const { stopLoss, takeProfit } = stops;
  const placed = {
    step: "protect",
    stopLoss: stopLoss === null ? "none" : formatFixed(stopLoss),
    takeProfit: takeProfit === null ? "none" : formatFixed(takeProfit),
  };
  return copy({
    wanted: null,
    volume: 0n,
    steps: [...stops.steps, placed],
    plans: copied.holdings.map(({ positionId }, index) => ({
      part: index + 1,
      kind: "protect",
      symbol: copied.symbol,
      side: copied.side,
      volume: null,
      positionId,
      stopLoss,
      takeProfit,
    })),
    target: null,
  });
}

function closePlans(copied: CopiedPosition, holdings: readonly Holding[]): Plan[] {
  return holdings.map((holding, index) => planFor(copied, holding, index + 1));
}

function planFor(copied: CopiedPosition, holding: Holding | null, part: number): Plan {
  return {
    part,
    kind: "close",
    symbol: copied.symbol,
    side: copied.side,
    volume: holding?.volume ?? null,
    positionId: holding?.positionId ?? null,
    stopLoss: null,
    takeProfit: null,
  };
}
