/** Instructions and copied positions as the ledger's calls take them, for every store that writes them. */

import { formatFixed } from "../domain/fixed.ts";
import { formatInstant } from "../domain/instant.ts";
import { type ColumnOf, column } from "../platform/columns.ts";
import type { CopiedPosition } from "./decision.ts";
import type { LedgerInstruction } from "./instruction.ts";

export type CopiedRow = {
  readonly partition: number;
  readonly fence: number;
  readonly copied: CopiedPosition;
};

export const INSTRUCTION_COLUMNS: readonly ColumnOf<LedgerInstruction>[] = [
  column("key", (one) => one.key),
  column("account_id", (one) => one.account.accountId),
  column("partition", (one) => one.partition),
  column("origin", (one) => one.origin.kind),
  column("origin_id", (one) => one.origin.id),
  column("origin_sequence", (one) => one.origin.sequence),
  column("subscription_id", (one) => one.subscriptionId),
  column("position", (one) => one.position),
  column("part", (one) => one.part),
  column("attempt", (one) => one.attempt),
  column("kind", (one) => one.kind),
  column("symbol", (one) => one.symbol),
  column("side", (one) => one.side),
  column("volume", (one) => one.volume, formatFixed),
  column("position_id", (one) => one.positionId),
  column("stop_loss", (one) => one.stopLoss, formatFixed),
  column("take_profit", (one) => one.takeProfit, formatFixed),
  column("master_price", (one) => one.masterPrice, formatFixed),
  column("status", (one) => one.status),
  column("fence", (one) => one.fence),
  column("valid_until", (one) => one.validUntil, formatInstant),
  column("order_id", (one) => one.orderId ?? null),
  column("order_type", (one) => one.pending?.type ?? null),
  column("order_price", (one) => one.pending?.price ?? null, formatFixed),
  column("limit_price", (one) => one.pending?.limitPrice ?? null, formatFixed),
  column("expires_at", (one) => one.pending?.expiresAt ?? null, formatInstant),
];

export const COPIED_COLUMNS: readonly ColumnOf<CopiedRow>[] = [
  column("subscription_id", ({ copied }) => copied.subscriptionId),
  column("position", ({ copied }) => copied.position),
  column("symbol", ({ copied }) => copied.symbol),
  column("side", ({ copied }) => copied.side),
  column("state", ({ copied }) => copied.state),
  column("target_n", ({ copied }) => copied.target.n),
  column("target_d", ({ copied }) => copied.target.d),
  column("holdings", ({ copied }) => holdingsOf(copied)),
  column("stop_loss", ({ copied }) => copied.stopLoss, formatFixed),
  column("take_profit", ({ copied }) => copied.takeProfit, formatFixed),
  column("open_price", ({ copied }) => copied.openPrice, formatFixed),
  column("master_open_price", ({ copied }) => copied.masterOpenPrice, formatFixed),
  column("through", ({ copied }) => copied.through),
];

function holdingsOf({ holdings }: CopiedPosition): string {
  return JSON.stringify(holdings.map((one) => [one.positionId, formatFixed(one.volume)]));
}
