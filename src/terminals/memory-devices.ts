/** The bridge's devices in memory, where there is no ledger: in tests and on the bench. */
import { createHash } from "node:crypto";
import type { AccountRef, PositionMode } from "../domain/account.ts";
import type { Device, DeviceStore, NewDevice, Offer } from "../gateway/metatrader/devices.ts";

export class MemoryDevices implements DeviceStore {
  readonly devices = new Map<string, Device>();
  readonly offers = new Map<string, Offer>();

  /** A terminal that was paired before. */
  paired(account: AccountRef, mode: PositionMode, server: string) {
    const key = createHash("sha256").update(`key ${account.accountId}`).digest();
    const id = createHash("sha256").update(account.accountId).digest("hex").slice(0, 8);
    const device = id.toUpperCase();
    const paired = { id: device, account, mode, server, key, revoked: false, epoch: 0, run: "" };
    this.devices.set(device, paired);
    return { device, key };
  }

  async device(id: string): Promise<Device | null> {
    return this.devices.get(id) ?? null;
  }

  async offer(id: string): Promise<Offer | null> {
    return this.offers.get(id) ?? null;
  }

  async pair(device: NewDevice): Promise<boolean> {
    const offer = this.offers.get(device.id);
    if (offer === undefined) return false;
    this.offers.delete(device.id);
    const { mode } = offer;
    this.devices.set(device.id, { ...device, mode, revoked: false, epoch: 0, run: "" });
    return true;
  }

  async revoked(devices: readonly Device[]): Promise<ReadonlySet<string>> {
    const ids = devices.map(({ id }) => id);
    return new Set(ids.filter((id) => this.devices.get(id)?.revoked === true));
  }

  async ran(device: Device, epoch: number, run: string): Promise<void> {
    this.devices.set(device.id, { ...device, epoch, run });
  }
}
