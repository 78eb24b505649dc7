/**
 * The divergences that stand open on the accounts of this process, in memory and in the ledger.
 * Invariants: one at a time for a place, whatever is found there meanwhile, but that the follower's
 * own side ended the copy comes before all else, and what is told once before what is found by looking,
 * which is found again; one that somebody settled is not opened again by the
 * same finding, and one that was gone returns as the same row.
 */
import type { Fixed } from "../domain/fixed.ts";
import type { Side } from "../domain/trade.ts";
import type { LedgerInstruction } from "../follower/instruction.ts";
import type { AccountState } from "../follower/state.ts";
import type { Clock } from "../platform/clock.ts";
import {
  type Divergence,
  type DivergenceCause,
  divergenceId,
  isFoundByLooking,
  isSettledBy,
  UNEXPLAINED,
} from "./divergence.ts";
import type { ReconcileStore, Resolution } from "./store.ts";
import type { WriteQueue } from "./write-queue.ts";

export type Place = {
  readonly subscriptionId: string | null;
  readonly position: string;
  readonly symbol: string;
  readonly side: Side;
};

export type What = {
  readonly cause: DivergenceCause;
  readonly expected: Fixed;
  readonly actual: Fixed;
  /** What it was found by: a deal, a key, a signal. */
  readonly at: string;
} & Pick<
  Divergence,
  "code" | "masterPrice" | "positionId" | "key" | "cost" | "currency" | "mayReturn"
>;

/** After these the copy is the follower's own: what was to be done about it before is over. */
const ENDINGS: ReadonlySet<DivergenceCause> = new Set(["CLOSED_BY_HAND", "STOPPED_OUT"]);

type Deps = {
  readonly store: ReconcileStore;
  readonly clock: Clock;
  readonly writes: WriteQueue;
};

export class OpenDivergences {
  readonly #deps: Deps;
  readonly #open = new Map<string, Divergence>();
  /** Since the start, for the replay's summary and for metrics. */
  opened = 0;
  /** Of these nothing that the hub or the broker recorded accounts for. */
  unexplained = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get all(): readonly Divergence[] {
    return [...this.#open.values()];
  }

  find(id: string): Divergence | undefined {
    return this.all.find((one) => one.id === id);
  }

  at(place: Pick<Divergence, "accountId" | "subscriptionId" | "position">): Divergence | undefined {
    return this.#open.get(placeOf(place));
  }

  /** What the ledger has open already. */
  adopt(divergences: readonly Divergence[]): void {
    for (const one of divergences) this.#open.set(placeOf(one), one);
  }

  forget(accountId: string): void {
    for (const [place, one] of this.#open) {
      if (one.accountId === accountId) this.#open.delete(place);
    }
  }

  add({ account }: AccountState, place: Place, what: What): void {
    const { tenantId, accountId } = account;
    const { subscriptionId, position, symbol, side } = place;
    const { cause, expected, actual, code, masterPrice, positionId, key, mayReturn } = what;
    const { cost = null, currency = null } = what;
    const divergence: Divergence = {
      id: divergenceId(accountId, `${subscriptionId} ${position}`, cause, what.at),
      ...{ tenantId, accountId, subscriptionId, position, symbol, side, cause, expected, actual },
      openedAt: this.#deps.clock.now(),
      code: code ?? null,
      masterPrice: masterPrice ?? null,
      positionId: positionId ?? null,
      key: key ?? null,
      ...{ cost, currency },
      mayReturn: mayReturn === true,
    };
    const standing = this.#open.get(placeOf(divergence));
    if (standing !== undefined) {
      // One that is found by looking is found again, and what is told once comes before it.
      const yields = isFoundByLooking(standing) && !isFoundByLooking(divergence);
      const ends = ENDINGS.has(cause) && standing.cause !== cause;
      if (standing.id === divergence.id || !(yields || ends)) return;
      this.end(({ id }) => id === standing.id, "gone");
    }
    this.#open.set(placeOf(divergence), divergence);
    this.opened += 1;
    if (UNEXPLAINED.has(cause)) this.unexplained += 1;
    this.#deps.writes.push(`for tenant ${tenantId}`, async () => {
      const standing = await this.#deps.store.openDivergences(tenantId, [divergence]);
      // Found again after it was settled: an old answer that a take-over has read once more.
      if (!standing.has(divergence.id)) this.#settledBefore(divergence);
    });
  }

  #settledBefore(divergence: Divergence): void {
    const place = placeOf(divergence);
    if (this.#open.get(place) === divergence) this.#open.delete(place);
  }

  end(isOver: (one: Divergence) => boolean, resolution: Resolution): void {
    if (this.#open.size === 0) return;
    const ended = this.all.filter(isOver);
    for (const one of ended) this.#open.delete(placeOf(one));
    const at = this.#deps.clock.now();
    for (const tenantId of new Set(ended.map((one) => one.tenantId))) {
      const ids = ended.filter((one) => one.tenantId === tenantId).map((one) => one.id);
      this.#deps.writes.push(`for tenant ${tenantId}`, () =>
        this.#deps.store.closeDivergences(tenantId, ids, { resolution, at }),
      );
    }
  }

  /** An instruction has done all it says, whoever asked for it. */
  settle({ account: { accountId } }: AccountState, instruction: LedgerInstruction): void {
    const found = this.at({ ...instruction, accountId });
    if (found && isSettledBy(found, instruction)) this.end(({ id }) => id === found.id, "gone");
  }

  /** Nobody wants to hear of it until then. */
  ignore(id: string, until: number): void {
    const one = this.find(id);
    if (one !== undefined) this.#open.set(placeOf(one), { ...one, ignoredUntil: until });
  }
}

const placeOf = (one: Pick<Divergence, "accountId" | "subscriptionId" | "position">): string =>
  `${one.accountId} ${one.subscriptionId ?? ""} ${one.position}`;
