/** What the broker tells of a record: an account's events, each with the next sequence number. */
import type { Figures } from "../../domain/account.ts";
import type { Position } from "../../domain/trade.ts";
import type { AccountEvent } from "../gateway.ts";
import type { BrokerEvent, OpenPosition } from "./model.ts";
import type { LogRecord } from "./records.ts";

type Eventful = Extract<LogRecord, { type: "deal" | "position" | "order" | "close-by" | "cash" }>;

export function isEventful(record: LogRecord): record is Eventful {
  const silent: readonly LogRecord["type"][] = ["account", "request", "fence", "answer"];
  return !silent.includes(record.type);
}

/** `figures` are those from before the record, and `after` those that it led to. */
export function eventsOf(
  record: Eventful,
  { figures, after }: { readonly figures: Figures; readonly after: Figures },
  valued: (position: OpenPosition) => Position,
): BrokerEvent[] {
  const { at, login, sequence } = record;
  const before = { ...figures, asOf: at };
  const tell = (event: AccountEvent, number = sequence): BrokerEvent => {
    return { type: "event", login, sequence: number, at, event };
  };
  if (record.type === "cash") {
    return [tell({ type: "cash", movement: record.movement, after: { ...after, asOf: at } })];
  }
  if (record.type === "position") {
    return [tell({ type: "position", position: valued(record.position), before })];
  }
  if (record.type === "order") {
    const { change, order, code } = record;
    return [tell({ type: "order", change, order, code, before })];
  }
  if (record.type === "close-by") {
    return record.deals.map((deal, index) => {
      const rest = record.positions[index] ?? null;
      const position = rest === null ? null : valued(rest);
      return tell({ type: "deal", deal, position, before }, sequence - 1 + index);
    });
  }
  const position = record.position === null ? null : valued(record.position);
  const deal = tell({ type: "deal", deal: record.deal, position, before });
  if (record.order === null) return [deal];
  const { order } = record;
  const triggered = { type: "order", change: "triggered", order, code: null, before } as const;
  return [tell(triggered, sequence - 1), deal];
}
