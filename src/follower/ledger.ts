/** Instructions and copied positions as the ledger's calls take them, for every store that writes them. */

import { formatFixed } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ColumnOf, column, plainColumn } from "../platform/columns.ts";
import type { CopiedPosition } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";
import { isMirror, orderJson } from "./mirrored.ts";

export type CopiedRow = {
  readonly partition: number;
  readonly fence: number;
  readonly copied: CopiedPosition;
};

export const INSTRUCTION_COLUMNS: readonly ColumnOf<LedgerInstruction>[] = [
  plainColumn("key", (one) => one.key),
  plainColumn("account_id", (one) => one.account.accountId),
  plainColumn("partition", (one) => one.partition),
  plainColumn("origin", (one) => one.origin.kind),
  plainColumn("origin_id", (one) => one.origin.id),
  plainColumn("origin_sequence", (one) => one.origin.sequence),
  plainColumn("subscription_id", (one) => one.subscriptionId),
  column("position", (one) => one.position),
  plainColumn("part", (one) => one.part),
  plainColumn("attempt", (one) => one.attempt),
  plainColumn("kind", (one) => one.kind),
  column("symbol", (one) => one.symbol),
  plainColumn("side", (one) => one.side),
  plainColumn("volume", (one) => one.volume, formatFixed),
  column("position_id", (one) => one.positionId),
  plainColumn("stop_loss", (one) => one.stopLoss, formatFixed),
  plainColumn("take_profit", (one) => one.takeProfit, formatFixed),
  plainColumn("master_price", (one) => one.masterPrice, formatFixed),
  plainColumn("status", (one) => one.status),
  plainColumn("fence", (one) => one.fence),
  plainColumn("valid_until", (one) => one.validUntil, formatInstant),
  column("order_id", (one) => one.orderId ?? null),
  plainColumn("order_type", (one) => one.pending?.type ?? null),
  plainColumn("order_price", (one) => one.pending?.price ?? null, formatFixed),
  plainColumn("limit_price", (one) => one.pending?.limitPrice ?? null, formatFixed),
  plainColumn("expires_at", (one) => one.pending?.expiresAt ?? null, formatInstant),
];

export const COPIED_COLUMNS: readonly ColumnOf<CopiedRow>[] = [
  plainColumn("subscription_id", ({ copied }) => copied.subscriptionId),
  column("position", ({ copied }) => copied.position),
  column("symbol", ({ copied }) => copied.symbol),
  plainColumn("side", ({ copied }) => copied.side),
  plainColumn("state", ({ copied }) => copied.state),
  plainColumn("target_n", ({ copied }) => copied.target.n),
  plainColumn("target_d", ({ copied }) => copied.target.d),
  column("holdings", ({ copied }) => holdingsOf(copied)),
  plainColumn("stop_loss", ({ copied }) => copied.stopLoss, formatFixed),
  plainColumn("take_profit", ({ copied }) => copied.takeProfit, formatFixed),
  plainColumn("open_price", ({ copied }) => copied.openPrice, formatFixed),
  plainColumn("master_open_price", ({ copied }) => copied.masterOpenPrice, formatFixed),
  plainColumn("through", ({ copied }) => copied.through),
  column("pending", ({ copied }) => (isMirror(copied) ? orderJson(copied.order) : null)),
];

function holdingsOf({ holdings }: CopiedPosition): string {
  return JSON.stringify(holdings.map((one) => [one.positionId, formatFixed(one.volume)]));
}
