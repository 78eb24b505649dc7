/** The demo's own room: look as another role, and break something to see what the hub makes of it. */
import { LockstepError } from "../domain/errors.ts";
import type { Portal } from "../portal/portal.ts";
import { isTrouble, TROUBLES, type TroubleKind } from "./trouble.ts";

export type Breakable = {
  /** What was done, in words. */
  trouble(kind: TroubleKind): string;
};

/** `demo` is null until it runs. */
export function addDemoRoom(portal: Portal, demo: () => Breakable | null): void {
  portal.page("/demo", "signed-in", () => ({
    page: "demo",
    head: {
      title: "Demo",
      lead: "Simulated brokers, invented people: break something, and see what is made of it.",
      styles: ["rooms.css"],
    },
    view: { troubles: Object.entries(TROUBLES).map(([kind, words]) => ({ kind, ...words })) },
  }));
  portal.form("/demo/break", "trades:write", (_, fields) => {
    const kind = fields.get("kind");
    const running = demo();
    if (!isTrouble(kind))
      throw new LockstepError("BAD_INPUT", { field: "kind", expected: "a trouble" });
    if (running === null) return { to: "/demo", say: "The demo is still starting." };
    return { to: "/reconciliation", say: running.trouble(kind) };
  });
}
