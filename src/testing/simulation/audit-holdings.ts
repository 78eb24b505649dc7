/** I5: what followers hold is what the ledger says and what their master holds, or it is told. */
import { formatFixed } from "../../domain/fixed.ts";
import { heldOf } from "../../follower/outcome.ts";
import type { SimulatedWorld } from "./world.ts";

/** What the ledger says that the followers hold is what their broker says, place by place. */
export function heldByBroker(world: SimulatedWorld): string[] {
  return world.market.followers.flatMap(({ accountId, login }) =>
    [...differences(world, { accountId, login })]
      .filter(([place, rest]) => rest !== 0n && !isToldOf(world, accountId, place))
      .map(([place, rest]) => `${login} differs by ${formatFixed(rest)} at ${place}`),
  );
}

function differences(
  world: SimulatedWorld,
  { accountId, login }: { readonly accountId: string; readonly login: string },
): ReadonlyMap<string, bigint> {
  const rest = new Map<string, bigint>();
  const add = (place: string, side: string, volume: bigint): void => {
    rest.set(place, (rest.get(place) ?? 0n) + (side === "buy" ? volume : -volume));
  };
  const isNetting = world.scenario.followerMode === "netting";
  for (const { symbol, side, holdings } of copiesOf(world, accountId)) {
    for (const { positionId, volume } of holdings)
      add(isNetting ? symbol : positionId, side, volume);
  }
  for (const { id, symbol, side, volume } of world.market.beta.snapshot(login).positions) {
    add(isNetting ? symbol : id, side === "buy" ? "sell" : "buy", volume);
  }
  return rest;
}

const isToldOf = ({ ledger }: SimulatedWorld, accountId: string, place: string): boolean =>
  [...ledger.divergences.values()].some(
    (one) =>
      one.accountId === accountId &&
      one.closed === null &&
      (one.positionId === place || one.symbol === place),
  );

function copiesOf({ ledger }: SimulatedWorld, accountId: string) {
  const own = ledger.enrolled.subscriptions.filter((one) => one.accountId === accountId);
  return [...ledger.copied.values()].filter((copied) =>
    own.some(({ subscriptionId }) => subscriptionId === copied.subscriptionId),
  );
}

/** A copy is held as long as its master's position is, or a divergence says why not. */
export function heldByLedger(world: SimulatedWorld): string[] {
  const { ledger } = world;
  const places = [...new Set(ledger.signals.map(({ position }) => position))];
  const standing = masterHolds(world);
  return ledger.enrolled.subscriptions.flatMap(({ subscriptionId }) =>
    places.flatMap((position) => {
      const copied = ledger.copied.get(`${subscriptionId} ${position}`);
      const held = copied === undefined ? 0n : heldOf(copied);
      const theirs = standing.get(position) ?? 0n;
      if (held === theirs || copied?.state === "detached") return [];
      const lacks = theirs - held;
      if (isExplained(world, subscriptionId, position)) return [];
      if (lacks > 0n && lacks <= reducedSkips(world, subscriptionId, position)) return [];
      const words = `${formatFixed(held)} of ${position} where the master holds ${formatFixed(theirs)}`;
      return [`${subscriptionId} holds ${words}, and nothing tells why (${copied?.state})`];
    }),
  );
}

function masterHolds({ market }: SimulatedWorld): ReadonlyMap<string, bigint> {
  const { positions } = market.alpha.snapshot(market.master.login);
  return new Map(positions.map(({ id, leg, volume }) => [leg === 0 ? id : `${id}.${leg}`, volume]));
}

/** A divergence stands there, or a kill switch has closed it. */
function isExplained({ ledger }: SimulatedWorld, subscriptionId: string, position: string) {
  const isThere = (one: { readonly subscriptionId: string | null; readonly position: string }) =>
    one.subscriptionId === subscriptionId && one.position === position;
  return (
    [...ledger.divergences.values()].some((one) => one.closed === null && isThere(one)) ||
    [...ledger.instructions.values()].some(({ one }) => one.origin.kind === "kill" && isThere(one))
  );
}

/**
 * What was skipped of the position before it was last reduced: a reduction is copied in proportion,
 * so that what is left lacks its part of the skip, and stands as the ledger wants it.
 */
function reducedSkips(
  { ledger }: SimulatedWorld,
  subscriptionId: string,
  position: string,
): bigint {
  const signals = ledger.signals.filter((signal) => signal.position === position);
  const last = signals.findLast(({ kind }) => kind === "reduce")?.sequence ?? 0;
  return signals
    .filter(({ kind, sequence }) => kind === "increase" && sequence < last)
    .filter(({ id }) => {
      const decided = ledger.decisions.get(`${id} ${subscriptionId}`);
      return decided?.row.decision.decision === "skip";
    })
    .reduce((sum, { volume }) => sum + volume, 0n);
}
