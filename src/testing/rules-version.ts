/** New rules of one follower of a harness world, as the next version, before a hub reads them. */
import { followerRef } from "./audit.ts";
import { SUFFIX, type World } from "./harness.ts";
import type { Stage } from "./stage.ts";

/** In force for signals from `fromSequence` on; the harness's own rules are there by default. */
export async function writeRules(
  { database }: Stage,
  world: World,
  given: { readonly follower: number; readonly fromSequence: number; readonly rules: object },
): Promise<void> {
  const { accountId } = followerRef(world, given.follower);
  const rules = { sizing: { mode: "multiplier" }, symbolMap: { suffix: SUFFIX }, ...given.rules };
  await database.admin`
    insert into subscription_rules (tenant_id, subscription_id, version, from_sequence, rules)
    select tenant_id, subscription_id, 2, ${given.fromSequence}, ${JSON.stringify(rules)}::text::jsonb
    from subscriptions where account_id = ${accountId}`;
}
