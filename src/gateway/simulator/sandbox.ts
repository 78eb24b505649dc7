/** Simulated brokers as somebody at a terminal of theirs has them: trades by hand, links that break. */
import type { AccountRef } from "../../domain/account.ts";
import type { Outcome } from "../../domain/instruction.ts";
import type { SimulatedBroker } from "./broker.ts";
import type { OrderRequest } from "./model.ts";

export type SimulatedSide = {
  /** Past the hub. Throws UNKNOWN_ACCOUNT. */
  trade(login: string, order: OrderRequest): Outcome;
  setLink(account: AccountRef, up: boolean): void;
};

export type Sandbox = {
  /** Null where the broker is not simulated by this process. */
  at(brokerId: string): SimulatedSide | null;
};

type Links = Pick<SimulatedSide, "setLink">;

export function sandboxOf(
  brokers: readonly SimulatedBroker[],
  gateways: ReadonlyMap<string, Links>,
): Sandbox {
  return {
    at(brokerId) {
      const broker = brokers.find((one) => one.brokerId === brokerId);
      const gateway = gateways.get(brokerId);
      if (broker === undefined || gateway === undefined) return null;
      return {
        trade: (login, order) => broker.trade(login, order),
        setLink: (account, up) => gateway.setLink(account, up),
      };
    },
  };
}
