/** The modes of a subscription: pausing, closing only, going on, and the end. */
import { LockstepError } from "../../domain/errors.ts";
import type { Sql } from "../../platform/postgres.ts";
import { SubscriptionService } from "../../subscriptions/service.ts";
import type { Portal } from "../portal.ts";

const MODES = {
  pause: {
    mode: "paused",
    said: "Paused: it opens nothing more, and still closes with the master.",
  },
  resume: { mode: "active", said: "It copies again." },
  "close-only": { mode: "close-only", said: "It only closes from now on." },
} as const;

export function addModes(portal: Portal, sql: () => Sql): void {
  portal.form("/subscriptions/:id/mode", "copies:write", async (asked, fields) => {
    const service = new SubscriptionService(sql(), () => asked.now);
    const id = asked.param("id");
    const reason = fields.get("reason");
    if (fields.get("to") === "stop") {
      await service.stop(asked.principal, id, { positions: "keep-positions", reason });
      const say = "Stopped: what is open stays with its account.";
      return { to: `/subscriptions/${id}`, say };
    }
    const wanted = Object.entries(MODES).find(([name]) => name === fields.get("to"))?.[1];
    if (wanted === undefined)
      throw new LockstepError("BAD_INPUT", { field: "to", expected: "a mode" });
    const { mode, said } = wanted;
    await service.setMode(asked.principal, id, { mode, reason });
    return { to: `/subscriptions/${id}`, say: said };
  });
}
