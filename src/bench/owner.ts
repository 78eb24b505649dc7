/** The second process of the bench: owns every follower, and tells when their orders went out. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { packageRoot } from "../platform/package-root.ts";
import type { RuleKind } from "./world.ts";

export type OwnerSetup = {
  readonly followers: number;
  readonly rules: RuleKind;
  readonly serverUrl: string;
  readonly redisUrl: string | null;
  readonly prefix: string;
};

export async function startOwner(
  setup: OwnerSetup,
): Promise<{ readonly child: ChildProcess; stop(): Promise<void> }> {
  const child = fork(join(packageRoot(), "dist/workers/bench-owner.js"), [JSON.stringify(setup)]);
  await once(child, "message");
  return {
    child,
    async stop() {
      const ended = once(child, "exit");
      child.send("stop");
      await ended;
    },
  };
}
