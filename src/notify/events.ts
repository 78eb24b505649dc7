/** The kinds of events, in words, and what is told of each. */
import { type IdKind, idText } from "../domain/prefixed-ids.ts";

export const EVENT_TYPES = {
  "copy.started": "A subscription began.",
  "copy.resumed": "A subscription copies again.",
  "copy.paused": "A subscription copies nothing until it is resumed.",
  "copy.close_only": "A subscription opens nothing any more, and closes with its master.",
  "copy.stopped": "A subscription was ended.",
  "strategy.published": "A strategy has a new version that others may see.",
  "strategy.withdrawn": "A strategy is its own people's from now on.",
  "operation.completed": "What was asked of many was done to each.",
  "operation.partially_failed": "What was asked of many was refused for some.",
  "signal.committed": "A master did something that followers answer.",
  "copy_event.skipped": "A signal was not copied; the reason is told.",
  "copy_event.filled": "A copy was executed, wholly or in part.",
  "copy_event.rejected": "A broker refused a copy.",
  "divergence.opened": "A follower does not hold what the rules say.",
  "divergence.resolved": "A divergence is over.",
  "risk_rule.tripped": "A risk limit or a throttle was reached.",
  "risk_rule.reset": "A risk limit or a throttle was reset.",
  "kill_switch.engaged": "A kill switch was engaged.",
  "kill_switch.released": "A kill switch was released.",
} as const;

export type EventType = keyof typeof EVENT_TYPES;

export const EVENT_TYPE_NAMES = Object.keys(EVENT_TYPES) as [EventType, ...EventType[]];

const KIND_OF: Readonly<Record<string, IdKind>> = {
  signal_id: "signal",
  master_id: "account",
  account_id: "account",
  subscription_id: "subscription",
  divergence_id: "divergence",
  guard_id: "rule",
  strategy_id: "strategy",
  operation_id: "operation",
};

/** An event's data with the ids as the API writes them. */
export function shownData(data: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(Object(data)).map(([name, value]) => {
      const kind = KIND_OF[name];
      return [name, kind === undefined || value === null ? value : idText(kind, String(value))];
    }),
  );
}
