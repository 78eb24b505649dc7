/** Hubs that die, freeze, end and stumble at the dangerous lines. */
import { FAILPOINTS, type Failpoint } from "../../platform/failpoints.ts";
import { integerBetween } from "../../platform/random.ts";
import { during, type Fault, now } from "./fault.ts";
import { pause, type Scene } from "./scene.ts";

/** Some process of ours comes to the point and dies there; else one is killed where it is. */
async function dieAt(scene: Scene, at: Failpoint): Promise<number> {
  const hit = integerBetween(scene.random, 1, 3);
  const died = Promise.race(scene.hubs.map((hub) => hub.ended));
  for (const hub of scene.hubs) hub.word({ at, act: "die", hit, times: 1 });
  const ended = await Promise.race([died, pause(2_500).then(() => null)]);
  if (ended !== null) return ended;
  const [hub] = scene.hubs;
  hub?.signal("SIGKILL");
  await hub?.ended;
  return now();
}

const kills: readonly Fault[] = (Object.keys(FAILPOINTS) as Failpoint[]).map((point) => ({
  name: `kill at ${point.toLowerCase().replaceAll("_", " ")}`,
  rows: "1-4",
  inject: (scene) => dieAt(scene, point),
}));

export const processes: readonly Fault[] = [
  ...kills,
  {
    name: "kill at any moment",
    rows: "1-4",
    async inject(scene) {
      await pause(integerBetween(scene.random, 0, 400));
      const hub = await scene.owner(scene.random.next() < 0.5 ? "master" : "followers");
      hub.signal("SIGKILL");
      return hub.ended;
    },
  },
  {
    name: "kill both",
    rows: "1-4",
    async inject(scene) {
      for (const hub of scene.hubs) hub.signal("SIGKILL");
      await Promise.all(scene.hubs.map((hub) => hub.ended));
      return now();
    },
  },
  {
    name: "frozen executor",
    rows: "6-7",
    async inject(scene) {
      const hub = await scene.owner("followers");
      hub.word({ at: "BEFORE_EXECUTE", act: "freeze", hit: 1, times: 1 });
      // Longer than a lease: another has taken over when it wakes up.
      await pause(scene.options.leaseMs + integerBetween(scene.random, 800, 2_000));
      hub.signal("SIGCONT");
      return now();
    },
  },
  {
    name: "frozen briefly",
    rows: "6-7",
    async inject(scene) {
      const hub = await scene.owner("followers");
      return during(
        scene,
        () => hub.signal("SIGSTOP"),
        () => hub.signal("SIGCONT"),
      );
    },
  },
  {
    name: "stopped in order",
    rows: "38",
    async inject(scene) {
      const hub = await scene.owner("followers");
      hub.signal("SIGTERM");
      return hub.ended;
    },
  },
  {
    name: "poisoned work",
    rows: "34",
    async inject(scene) {
      const points: readonly Failpoint[] = [
        "FOLLOWER_PLANNED",
        "SIGNAL_COMMITTED",
        "AFTER_EXECUTE",
      ];
      const at = points[integerBetween(scene.random, 0, points.length - 1)] ?? "FOLLOWER_PLANNED";
      for (const hub of scene.hubs) hub.word({ at, act: "throw", hit: 1, times: 2 });
      await pause(800);
      return now();
    },
  },
];
