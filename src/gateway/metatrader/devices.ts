/** What the bridge must know of terminals that may speak: declared here, kept by a store. */
import type { AccountRef, PositionMode } from "../../domain/account.ts";
import type { Instant } from "../../domain/instant.ts";

/** A paired terminal. */
export type Device = {
  readonly id: string;
  readonly account: AccountRef;
  readonly mode: PositionMode;
  readonly server: string;
  readonly key: Buffer;
  readonly revoked: boolean;
  /** The highest epoch of the account, on any device, and the run that took it. */
  readonly epoch: number;
  readonly run: string;
};

/** A pairing code that was handed out. */
export type Offer = {
  readonly id: string;
  readonly account: AccountRef;
  readonly mode: PositionMode;
  readonly secret: string;
  readonly expiresAt: Instant;
};

export type NewDevice = Pick<Device, "id" | "account" | "server" | "key"> & {
  readonly platform: string;
  readonly at: Instant;
};

export interface DeviceStore {
  device(id: string): Promise<Device | null>;
  offer(id: string): Promise<Offer | null>;
  /** Uses up the code and keeps the device, or neither: false where the code was used before. */
  pair(device: NewDevice): Promise<boolean>;
  /** Which of these were revoked. */
  revoked(devices: readonly Device[]): Promise<ReadonlySet<string>>;
  /** The account's newest run. */
  ran(device: Device, epoch: number, run: string): Promise<void>;
}
