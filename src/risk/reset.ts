/** Resets by hand what the limits of one scope have reached, from outside the hub that keeps them. */
import { isLockstepError } from "../domain/errors.ts";
import type { Sql } from "../platform/postgres.ts";
import type { RiskLimit } from "./limit.ts";
import type { ResetRequest } from "./limit-state.ts";
import { keptLimits, LimitKeeper } from "./service.ts";
import { type GuardScope, postgresGuardStore } from "./store.ts";

/** The hub that keeps them may save them meanwhile: then once more. */
const TRIES = 10;

export type ScopedLimits = {
  readonly tenantId: string;
  readonly scope: GuardScope;
  readonly limits: readonly RiskLimit[];
};

/** Answers how many were reset; BAD_INPUT without a person and a reason. */
export async function resetLimits(
  sql: Sql,
  { tenantId, scope, limits }: ScopedLimits,
  request: ResetRequest,
): Promise<number> {
  const store = postgresGuardStore(sql);
  for (let tries = 1; ; tries += 1) {
    try {
      const keeper = await LimitKeeper.open(store, tenantId, keptLimits(scope, limits));
      const reached = keeper.view(scope.id).filter(({ stage }) => stage !== "clear");
      for (const { guardId } of reached) await keeper.reset(guardId, request);
      return reached.length;
    } catch (error) {
      if (!isLockstepError(error, "FENCE_STALE") || tries >= TRIES) throw error;
    }
  }
}
