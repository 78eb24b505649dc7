/** What a fault is, and how one lasts for a while. */
import { integerBetween } from "../../platform/random.ts";
import type { BrokerOrder } from "./broker-process.ts";
import { pause, type Scene } from "./scene.ts";

export type Fault = {
  readonly name: string;
  readonly rows: string;
  readonly needs?: "redis" | "small disk" | "faketime";
  readonly brokers?: Partial<BrokerOrder>;
  /** It never ends: how long a round takes is no recovery. */
  readonly lasting?: true;
  /** Resolves when what it does is over, with the moment on the monotonic clock. */
  inject(scene: Scene): Promise<number>;
};

export const now = (): number => performance.now();
const DOWN_MS = { min: 300, max: 2_000 };

export async function during(
  scene: Scene,
  act: () => void | Promise<void>,
  undo: () => void | Promise<void>,
) {
  await act();
  await pause(integerBetween(scene.random, DOWN_MS.min, DOWN_MS.max));
  await undo();
  return now();
}
