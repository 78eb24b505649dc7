/** Takes a broker's position that bears our key into the copy that its order was for. */
import { plus, ratioOf } from "../domain/ratio.ts";
import type { CopiedPosition } from "../follower/decision.ts";
import type { Answer } from "../reconcile/desk/store.ts";
import type { Divergence } from "../reconcile/divergence.ts";
import type { Hub } from "./hub.ts";

export async function adopt(hub: Hub, divergence: Divergence): Promise<Answer> {
  const { key, positionId, cause, tenantId } = divergence;
  if (cause !== "ORPHAN" || !key || !positionId) {
    return { isDone: false, words: "only a position that bears our key can be adopted" };
  }
  const place = await hub.deps.stores.desk.placeOfKey(tenantId, key);
  const subscription = hub.followers.subscriptions.get(place?.subscriptionId ?? "");
  if (place === null || subscription?.account.account.accountId !== divergence.accountId) {
    return { isDone: false, words: "no instruction of this account bears the key" };
  }
  const known = subscription.copied.get(place.position);
  if (subscription.ended.has(place.position) || known?.state === "closed") {
    return { isDone: false, words: "the master no longer holds the position: close it instead" };
  }
  const { symbol, side, actual: volume } = divergence;
  const taken: CopiedPosition = {
    ...(known ?? fresh(divergence, place)),
    symbol,
    side: known?.side ?? side ?? "buy",
    state: "open",
    target: known === undefined ? ratioOf(volume) : plus(known.target, ratioOf(volume)),
    holdings: [...(known?.holdings ?? []), { positionId, volume }],
  };
  subscription.copied.set(place.position, taken);
  hub.lanes.changed(subscription.account, [taken]);
  hub.reconciler.open.end(({ id }) => id === divergence.id, "adopted");
  return { isDone: true, words: `adopted into the copy of position ${place.position}` };
}

type Place = { readonly subscriptionId: string; readonly position: string };

const fresh = ({ masterPrice }: Divergence, { subscriptionId, position }: Place) => ({
  ...{ subscriptionId, position, stopLoss: null, takeProfit: null, openPrice: null },
  masterOpenPrice: masterPrice ?? null,
  through: 0,
});
