/** The kinds of events, in words. */
export const EVENT_TYPES = {
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
