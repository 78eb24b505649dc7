/** A gateway seen through something that changes what passes: for what no simulator would do. */
import type { Gateway, GatewayEvent } from "../gateway/gateway.ts";

export type Passage = {
  /** False keeps an event from the hub. */
  readonly hears?: (event: GatewayEvent) => boolean;
  readonly snapshot?: Gateway["snapshot"];
  readonly deals?: NonNullable<Gateway["deals"]>;
};

export function through(inner: Gateway, passage: Passage): Gateway {
  const { hears = () => true } = passage;
  const cash = inner.cash?.bind(inner);
  const deals = passage.deals ?? inner.deals?.bind(inner);
  return {
    kind: inner.kind,
    capabilities: (account) => inner.capabilities(account),
    start: (sink, signal) => inner.start((event) => hears(event) && sink(event), signal),
    accounts: () => inner.accounts(),
    snapshot: passage.snapshot ?? ((account) => inner.snapshot(account)),
    symbols: (account) => inner.symbols(account),
    execute: (instruction) => inner.execute(instruction),
    lookup: (account, key, fence) => inner.lookup(account, key, fence),
    serverClock: () => inner.serverClock(),
    ...(deals === undefined ? {} : { deals }),
    ...(cash === undefined ? {} : { cash }),
  };
}
