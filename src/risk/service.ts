/**
 * Keeps the limits of accounts and subscriptions: equity points in, what was reached out.
 * Invariants: what was reached is committed before it is told, and told once; a state that was
 * read back acts as before. What is remembered besides (a higher peak) is written by `flush`, for all
 * at once: a process that dies forgets no more of it than since the last one.
 */
import { LockstepError } from "../domain/errors.ts";
import type { Fixed } from "../domain/fixed.ts";
import { idOf } from "../domain/ids.ts";
import type { Instant } from "../domain/instant.ts";
import { type CompiledLimit, compileLimit, type LimitStage, type RiskLimit } from "./limit.ts";
import type { LimitEvent } from "./limit-event.ts";
import {
  type Advanced,
  advanceLimit,
  dueAt,
  INITIAL_STATE,
  type LimitState,
  type Measured,
  measure,
  type ResetRequest,
  resetLimit,
} from "./limit-state.ts";
import type { EquityPoint } from "./reference.ts";
import { basisOf, limitStateFromJson, stateToJson } from "./state-json.ts";
import type { GuardChange, GuardScope, GuardStore } from "./store.ts";

export type KeptLimit = {
  readonly scope: GuardScope;
  /** What tells this limit from the others of its scope, and stays when its numbers change. */
  readonly name: string;
  readonly limit: RiskLimit;
};

export type Reached = {
  readonly guardId: string;
  readonly limit: CompiledLimit;
  readonly event: LimitEvent;
};

type Guard = {
  readonly guardId: string;
  readonly scope: GuardScope;
  readonly limit: CompiledLimit;
  state: LimitState;
  version: number;
  /** The state that is stored. */
  saved: LimitState;
};

export const limitIdOf = (scope: GuardScope, name: string): string =>
  idOf("limit", scope.kind, scope.id, name);

/**
 * A scope's limits with names that are made of what each measures: in another order, or with another
 * threshold, a limit is still the same and stays tripped. Several that measure the same are told
 * apart by their order.
 */
export function keptLimits(scope: GuardScope, limits: readonly RiskLimit[]): readonly KeptLimit[] {
  const seen = new Map<string, number>();
  return limits.map((limit) => {
    const { measure, kind, period, rolling, since, timeZone, resetAt } = limit;
    const facts = [measure, kind, period, rolling ? "rolling" : "to-date", since ?? ""];
    const base = [...facts, timeZone, resetAt].join(" ");
    const number = (seen.get(base) ?? 0) + 1;
    seen.set(base, number);
    return { scope, name: number === 1 ? base : `${base} #${number}`, limit };
  });
}

/** A limit as a page shows it. */
export type LimitView = {
  readonly guardId: string;
  readonly limit: CompiledLimit;
  readonly stage: LimitStage;
  /** null before its period begins, and where there is nothing to measure against. */
  readonly measured: Measured | null;
  /** When a stage that is exceeded now will be reached, if it still is. */
  readonly dueAt: Instant | null;
};

/** An account's figures, and what was paid into it in all. */
export type AccountPoint = Omit<EquityPoint, "flow"> & {
  /** Deposits less withdrawals that these figures hold. */
  readonly paidIn: Fixed;
};

/** What was paid since the last point is no result, wherever and by whom that point was taken. */
function advanced({ limit, state }: Guard, { paidIn, ...point }: AccountPoint): Advanced {
  const flow = state.paidIn === null ? 0n : paidIn - state.paidIn;
  const next = advanceLimit(limit, state, { ...point, flow });
  return next.state === state ? next : { ...next, state: { ...next.state, paidIn } };
}

export class LimitKeeper {
  readonly #store: GuardStore;
  readonly #tenantId: string;
  readonly #guards = new Map<string, Guard>();
  readonly #byScope: ReadonlyMap<string, readonly Guard[]>;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(store: GuardStore, tenantId: string, guards: readonly Guard[]) {
    this.#store = store;
    this.#tenantId = tenantId;
    const byScope = new Map<string, Guard[]>();
    for (const guard of guards) {
      this.#guards.set(guard.guardId, guard);
      byScope.set(guard.scope.id, [...(byScope.get(guard.scope.id) ?? []), guard]);
    }
    this.#byScope = byScope;
  }

  /** With what was remembered of these limits; BAD_RULES for one that contradicts itself. */
  static async open(
    store: GuardStore,
    tenantId: string,
    kept: readonly KeptLimit[],
  ): Promise<LimitKeeper> {
    const stored = await store.load(tenantId, [...new Set(kept.map(({ scope }) => scope.id))]);
    const byId = new Map(stored.map((guard) => [guard.guardId, guard]));
    const guards = kept.map(({ scope, name, limit }): Guard => {
      const compiled = compileLimit(limit);
      const guardId = limitIdOf(scope, name);
      const found = byId.get(guardId);
      const isSame = found?.basis === basisOf(compiled);
      const state = found === undefined ? INITIAL_STATE : limitStateFromJson(found.state, isSame);
      const version = found?.version ?? 0;
      return { guardId, scope, limit: compiled, state, version, saved: state };
    });
    return new LimitKeeper(store, tenantId, guards);
  }

  /** The most severe stage of these scopes: what deciders and lanes have to heed. */
  stageOf(...scopeIds: readonly string[]): LimitStage {
    const order: readonly LimitStage[] = ["close-all-and-stop", "close-only", "alert"];
    const stages = scopeIds.flatMap((id) => this.#of(id).map(({ state }) => state.stage));
    return order.find((stage) => stages.includes(stage)) ?? "clear";
  }

  /** Every limit of a scope, as of the last point. */
  view(scopeId: string): readonly LimitView[] {
    return this.#of(scopeId).map(({ guardId, limit, state }) => {
      const measured = measure(limit, state.reference, state.last);
      return { guardId, limit, stage: state.stage, measured, dueAt: dueAt(limit, state) };
    });
  }

  /**
   * What this point has reached, already committed. Points are taken one by one; one whose feed
   * rejects was not taken, and is fed again; after FENCE_STALE (also where only the answer to the
   * commit was lost) the limits are opened anew, and the stage that they then have is what counts.
   */
  feed(scopeId: string, point: AccountPoint): Promise<readonly Reached[]> {
    return this.#inTurn(async () => {
      const moved = this.#of(scopeId).map((guard) => {
        const { state, event } = advanced(guard, point);
        return { guard, state, events: event === null ? [] : [event] };
      });
      await this.#save(moved.filter(({ events }) => events.length > 0));
      for (const { guard, state } of moved) guard.state = state;
      return moved.flatMap(({ guard: { guardId, limit }, events }) =>
        events.map((event) => ({ guardId, limit, event })),
      );
    });
  }

  /** NOT_FOUND for an unknown limit; BAD_INPUT without a person and a reason. */
  reset(guardId: string, request: ResetRequest): Promise<LimitEvent> {
    return this.#inTurn(async () => {
      const guard = this.#guards.get(guardId);
      if (guard === undefined) throw new LockstepError("NOT_FOUND", { limit: guardId });
      const { state, event } = resetLimit(guard.limit, guard.state, request);
      await this.#save([{ guard, state, events: [event] }]);
      guard.state = state;
      return event;
    });
  }

  /** Writes what is not written yet: every few seconds, and before a process ends. */
  flush(): Promise<void> {
    return this.#inTurn(() => {
      const unsaved = [...this.#guards.values()].filter(({ state, saved }) => state !== saved);
      return this.#save(unsaved.map((guard) => ({ guard, state: guard.state, events: [] })));
    });
  }

  #of(scopeId: string): readonly Guard[] {
    return this.#byScope.get(scopeId) ?? [];
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => {});
    return result;
  }

  async #save(
    changed: readonly { guard: Guard; state: LimitState; events: readonly LimitEvent[] }[],
  ): Promise<void> {
    if (changed.length === 0) return;
    const changes = changed.map(({ guard, state, events }): GuardChange => {
      const { guardId, scope, limit } = guard;
      const { stage, events: count } = state;
      const row = { guardId, kind: "limit", scope, basis: basisOf(limit), stage } as const;
      const version = guard.version + 1;
      return { guard: { ...row, events: count, version, state: stateToJson(state) }, events };
    });
    await this.#store.save(this.#tenantId, changes);
    for (const { guard, state } of changed) {
      guard.version += 1;
      guard.saved = state;
    }
  }
}
