/** The modes of a subscription: pausing, closing only, going on, and the end, which is looked at first. */
import { LockstepError } from "../../domain/errors.ts";
import { inTenant, type Sql } from "../../platform/postgres.ts";
import { CopyRecords } from "../../records/copies.ts";
import { type Stopping, SubscriptionService, WAYS_TO_STOP } from "../../subscriptions/service.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { count } from "../view/format.ts";

const MODES = {
  pause: {
    mode: "paused",
    said: "Paused: it opens nothing more, and still closes with the master.",
  },
  resume: { mode: "active", said: "It copies again." },
  "close-only": { mode: "close-only", said: "It only closes from now on." },
} as const;

const WORD = "CLOSE";

const WAYS: Readonly<
  Record<Stopping["positions"], { readonly words: string; readonly said: string }>
> = {
  "keep-positions": {
    words: "Keep what is open: it stays with the account, and nobody closes it but you.",
    said: "Stopped: what is open stays with its account.",
  },
  "close-by-master": {
    words: "Close with the master: it opens nothing more, and ends once the master has closed all.",
    said: "It ends once the master has closed what is open.",
  },
  "close-now": {
    words: "Close everything that it copied now, at today's prices.",
    said: "Its copies are being closed; it ends once none is left.",
  },
};

export function addModes(portal: Portal, sql: () => Sql): void {
  portal.form("/subscriptions/:id/mode", "copies:write", async (asked, fields) => {
    const service = new SubscriptionService(sql(), () => asked.now);
    const id = asked.param("id");
    const wanted = Object.entries(MODES).find(([name]) => name === fields.get("to"))?.[1];
    if (wanted === undefined)
      throw new LockstepError("BAD_INPUT", { field: "to", expected: "a mode" });
    const { mode, said } = wanted;
    await service.setMode(asked.principal, id, { mode, reason: fields.get("reason") });
    return { to: `/subscriptions/${id}`, say: said };
  });
  portal.page("/subscriptions/:id/stop", "copies:write", (asked) => stopPage(asked, sql(), {}));
  portal.form("/subscriptions/:id/stop", "copies:write", (asked, fields) =>
    stop(asked, fields, sql()),
  );
}

type Typed = { readonly way?: string; readonly reason?: string; readonly fault?: string };

async function stopPage(asked: Asked, sql: Sql, typed: Typed): Promise<PageAnswer> {
  const { principal } = asked;
  const subscription = await new CopyRecords(sql).subscription(principal, asked.param("id"));
  const id = String(subscription["id"]);
  const open = await openOf(sql, principal.tenantId, id);
  const name = `${String(subscription["account"])} follows ${String(subscription["strategy"])}`;
  return {
    page: "stop",
    head: {
      title: "End the subscription?",
      lead: `${name}: ${count(open)} copied positions are open.`,
      crumbs: [{ href: `/subscriptions/${id}`, label: name }],
      styles: ["rooms.css"],
    },
    status: typed.fault === undefined ? 200 : 400,
    view: {
      ...{ fault: typed.fault ?? null, reason: typed.reason ?? "", word: WORD },
      action: `/subscriptions/${id}/stop`,
      back: `/subscriptions/${id}`,
      open: open > 0,
      ended: subscription["mode"] === "stopped",
      ways: WAYS_TO_STOP.map((value) => ({
        ...{ value, words: WAYS[value].words },
        selected: value === (typed.way ?? "keep-positions"),
      })),
    },
  };
}

async function openOf(sql: Sql, tenantId: string, id: string): Promise<number> {
  const [row] = await inTenant(
    sql,
    tenantId,
    (tx) => tx<{ open: number }[]>`
      select count(*)::int as open from copied_positions
      where subscription_id = ${id} and state in ('open', 'opening') and holdings::text <> '[]'`,
  );
  return row?.open ?? 0;
}

async function stop(asked: Asked, fields: Fields, sql: Sql): Promise<PageAnswer | Next> {
  const [way, reason] = [fields.get("positions"), fields.get("reason")];
  const positions = WAYS_TO_STOP.find((one) => one === way);
  const again = (fault: string) => stopPage(asked, sql, { way, reason, fault });
  if (positions === undefined) return again("Choose what becomes of what is open.");
  if (reason === "") return again("Say why: nothing was changed.");
  if (positions === "close-now" && fields.get("word") !== WORD) {
    return again(`Type ${WORD} to close everything now: no order was sent.`);
  }
  const id = asked.param("id");
  const service = new SubscriptionService(sql, () => asked.now);
  await service.stop(asked.principal, id, { positions, reason });
  return { to: `/subscriptions/${id}`, say: WAYS[positions].said };
}
