/** The inbox: what happened that somebody should look at, read or unread, each with where to go. */

import { mayReach } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import { DIVERGENCE_CAUSES, type DivergenceCause } from "../../reconcile/divergence.ts";
import {
  countUnread,
  markRead,
  markUnread,
  type Notice,
  type NoticeKind,
  readNotices,
} from "../../records/notices.ts";
import type { LiveSource } from "../live.ts";
import type { Asked, PageAnswer, Portal } from "../portal.ts";
import { count, dateTime } from "../view/format.ts";

export type NoticesDeps = { readonly sql: () => Sql; readonly live: LiveSource };

const PATH = "/notices";
const AWAY_SHOWN = 20;
const BELL_MOST = 99;

type Words = { readonly title: string; readonly tone: string; readonly href: string };

const KINDS: Readonly<Record<NoticeKind, Words>> = {
  "divergence.opened": { title: "Divergence", tone: "partial", href: "/reconciliation" },
  "divergence.resolved": { title: "Divergence over", tone: "done", href: "/reconciliation" },
  "risk_rule.tripped": { title: "Limit reached", tone: "rejected", href: "" },
  "risk_rule.reset": { title: "Limit reset", tone: "done", href: "" },
  "kill_switch.engaged": { title: "Kill switch engaged", tone: "rejected", href: "/kill" },
  "kill_switch.released": { title: "Kill switch released", tone: "done", href: "/kill" },
  "webhook.disabled": { title: "Webhook given up", tone: "partial", href: "/webhooks" },
};

const FILTERS = { all: "All", unread: "Unread" } as const;

export function addNotices(portal: Portal, deps: NoticesDeps): void {
  portal.page(PATH, "accounts:read", (asked) => inbox(asked, deps));
  // A page asks once, for the number beside the bell.
  portal.data(`${PATH}/unread.json`, "accounts:read", async ({ principal }) => {
    const unread = await countUnread(deps.sql(), principal);
    const words = unread > BELL_MOST ? `${BELL_MOST}+` : count(unread);
    const bell = { unread: unread === 0 ? "" : words, tone: unread === 0 ? "none" : "some" };
    return { rows: { bell }, lists: {}, done: true };
  });
  portal.form(PATH, "accounts:read", async ({ principal }, fields) => {
    const ids = fields.all("id");
    const to = fields.get("show") === "unread" ? `${PATH}?show=unread` : PATH;
    if (fields.has("all")) {
      await markRead(deps.sql(), principal, "all");
      return { to, say: "All are read." };
    }
    if (ids.length === 0) return { to, say: "No notice was selected." };
    if (fields.has("unread")) await markUnread(deps.sql(), principal, ids);
    else await markRead(deps.sql(), principal, ids);
    return { to };
  });
}

async function inbox(asked: Asked, { sql, live }: NoticesDeps): Promise<PageAnswer> {
  const { principal } = asked;
  const all = await readNotices(sql(), principal);
  const show = asked.query("show") === "unread" ? "unread" : "all";
  const shown = show === "unread" ? all.filter(({ read }) => !read) : all;
  const unread = all.filter(({ read }) => !read).length;
  return {
    page: "notices",
    head: {
      title: "Notifications",
      lead: `${count(unread)} unread of the last 30 days.`,
      styles: ["rooms.css", "wizard.css"],
    },
    view: {
      show,
      filters: Object.entries(FILTERS).map(([value, label]) => ({
        label,
        href: value === "all" ? PATH : `${PATH}?show=${value}`,
        current: value === show,
      })),
      notices: shown.map(noticeOf),
      isFiltered: show === "unread",
      anyUnread: unread > 0,
      away: awayFrom(live, asked),
    },
  };
}

function noticeOf(notice: Notice) {
  const { title, tone, href } = KINDS[notice.kind];
  const account = notice.account_id === null ? null : `/accounts/${notice.account_id}`;
  return {
    ...{ id: notice.id, title, tone, words: wordsOf(notice), account: notice.account },
    href: href === "" ? (account ?? PATH) : href,
    at: dateTime(notice.at.getTime()),
    read: notice.read,
    label: `${title}${notice.account === null ? "" : `, ${notice.account}`}`,
  };
}

const RESOLUTIONS: Readonly<Record<string, string>> = {
  realigned: "brought home",
  gone: "it went by itself",
  accepted: "accepted as it is",
};

/** "EURUSD MISSING" in words; whatever else happened has its own. */
function wordsOf({ kind, words }: Notice): string {
  if (kind !== "divergence.opened" && kind !== "divergence.resolved") return words;
  const at = words.lastIndexOf(" ");
  const code = words.slice(at + 1);
  const said = DIVERGENCE_CAUSES[code as DivergenceCause] ?? RESOLUTIONS[code] ?? code;
  return `${words.slice(0, at)}: ${said}`;
}

/** What is not connected at this moment is no event, and stands above them. */
function awayFrom(live: LiveSource, { principal }: Asked) {
  const { followers, masters } = live.state();
  const away = [...new Map([...followers, ...masters].map((one) => [one.id, one])).values()].filter(
    ({ id, link }) => link === "offline" && mayReach(principal, id),
  );
  return {
    many: count(away.length),
    accounts: away.slice(0, AWAY_SHOWN).map(({ id, name, broker }) => ({
      ...{ name, broker, href: `/accounts/${id}/connection` },
    })),
    more: away.length > AWAY_SHOWN ? `and ${count(away.length - AWAY_SHOWN)} more` : "",
  };
}
