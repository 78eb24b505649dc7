/** The demo's own room: look as another role, a tour, and things to break to see what the hub makes of it. */
import { LockstepError } from "../domain/errors.ts";
import { ROLES } from "../identity/principal.ts";
import type { Asked, Portal } from "../portal/portal.ts";
import { STOPS } from "./tour.ts";
import { isTrouble, TROUBLES, type TroubleKind } from "./trouble.ts";

export type Breakable = {
  /** What was done, in words. */
  trouble(kind: TroubleKind): string;
};

/** `demo` is null until it runs; `visitors`: whether one may look as another role. */
export function addDemoRoom(portal: Portal, demo: () => Breakable | null, visitors = false): void {
  portal.page("/demo", "signed-in", (asked) => ({
    page: "demo",
    head: {
      title: "Demo",
      lead: "Simulated brokers, invented people and an invented past: look around, break something, and see what is made of it.",
      styles: ["rooms.css"],
    },
    view: {
      roles: visitors ? rolesFor(asked) : null,
      stops: STOPS,
      troubles: Object.entries(TROUBLES).map(([kind, words]) => ({ kind, ...words })),
    },
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

const rolesFor = ({ principal }: Asked) =>
  ROLES.map((role) => ({
    role,
    label: `As ${role}`,
    current: principal.roles.includes(role),
  }));
