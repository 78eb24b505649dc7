/**
 * Reconciliation: what differs between what a follower should hold and what it holds, why, what it
 * is worth, and the way back: looked at first, then asked for one by one or many at once.
 */

import { LockstepError } from "../../domain/errors.ts";
import { parseFixed } from "../../domain/fixed.ts";
import { mayReach, type Principal } from "../../identity/principal.ts";
import type { Sql } from "../../platform/postgres.ts";
import {
  type DivergenceFilter,
  type DivergenceView,
  listDivergences,
} from "../../reconcile/desk/ledger.ts";
import { answersOf, askDesk, planRealignment } from "../../reconcile/desk/service.ts";
import { DIVERGENCE_CAUSES, type DivergenceCause } from "../../reconcile/divergence.ts";
import { type Fields, fieldsFrom } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { count, money, NOTHING } from "../view/format.ts";

const PATH = "/reconciliation";
const WORD = "REALIGN";
/** From so many on, the word is asked for. */
const MANY = 2;
const IDS_MAX = 500;
const HOUR_MS = 3_600_000;
const UUID = /^[0-9a-f-]{36}$/;
const CRUMBS = [{ href: PATH, label: "Reconciliation" }];

/** What else may be done to a divergence, beside realigning it. */
const OTHERS = {
  accept: "Leave it as it is: the difference is accepted.",
  ignore: "Do not show it for an hour.",
  detach: "The follower's position is no copy any more.",
  adopt: "The position is the copy from now on.",
} as const;

export function addReconciliation(portal: Portal, sql: () => Sql): void {
  portal.page(PATH, "divergences:read", (asked) => listPage(asked, sql()));
  portal.form(`${PATH}/plan`, "divergences:write", (asked, fields) => plan(asked, fields, sql()));
  portal.form(`${PATH}/ask`, "divergences:write", (asked, fields) => ask(asked, fields, sql()));
}

async function listPage(asked: Asked, sql: Sql): Promise<PageAnswer> {
  const { principal } = asked;
  const filter = filterOf(asked);
  const all = (await listDivergences(sql, principal.tenantId, filter)).filter(({ accountId }) =>
    mayReach(principal, accountId),
  );
  const requests = idsIn(asked.query("asked").split(","));
  const answers = requests.length === 0 ? [] : await answersOf(sql, principal.tenantId, requests);
  const cause = asked.query("cause");
  return {
    page: "reconciliation",
    head: {
      title: "Reconciliation",
      lead: "Where a follower does not hold what its rules say, why, and the way back.",
      styles: ["rooms.css"],
      reloadSeconds: 5,
    },
    view: {
      rows: all.map(shown),
      none: all.length === 0,
      filtered: cause !== "" || filter.closed === true || filter.account !== undefined,
      account: asked.query("account"),
      closed: filter.closed === true,
      causes: Object.keys(DIVERGENCE_CAUSES).map((value) => ({ value, selected: value === cause })),
      answers,
      waiting: answers.some(({ state }) => state === "waiting"),
      here: `${PATH}?asked=${requests.join(",")}`,
      values: valuesOf(all),
    },
  };
}

function filterOf(asked: Asked): DivergenceFilter {
  const cause = asked.query("cause");
  const account = asked.query("account").trim();
  return {
    ...(Object.hasOwn(DIVERGENCE_CAUSES, cause) ? { cause: cause as DivergenceCause } : {}),
    ...(account === "" ? {} : { account }),
    ...(asked.query("closed") === "" ? {} : { closed: true }),
    ...(asked.query("ignored") === "" ? {} : { ignored: true }),
  };
}

const idsIn = (values: readonly string[]): string[] =>
  [...new Set(values.filter((value) => UUID.test(value)))].slice(0, IDS_MAX);

/** At risk by currency: what is not known is said, and never summed as nothing. */
function valuesOf(all: readonly DivergenceView[]): string {
  const open = all.filter(({ closedAt }) => closedAt === null);
  const sums = new Map<string, bigint>();
  for (const { value, currency } of open) {
    if (value !== null) sums.set(currency, (sums.get(currency) ?? 0n) + parseFixed(value));
  }
  const unknown = open.filter(({ value }) => value === null).length;
  const words = [...sums].map(([currency, sum]) => `${money(sum, currency)} ${currency}`);
  if (unknown > 0) words.push(`${count(unknown)} not valued`);
  return words.join(" · ") || NOTHING;
}

function shown(one: DivergenceView) {
  const { wayBack } = one;
  return {
    id: one.divergenceId,
    account: one.account,
    accountHref: `/accounts/${one.accountId}`,
    strategy: one.strategy ?? NOTHING,
    subscriptionHref: one.subscriptionId === null ? null : `/subscriptions/${one.subscriptionId}`,
    symbol: one.symbol,
    side: one.side,
    cause: one.cause,
    causeWords: DIVERGENCE_CAUSES[one.cause],
    code: one.code,
    expected: one.expected,
    actual: one.actual,
    since: one.openedAt.toISOString().slice(0, 19).replace("T", " "),
    open: one.closedAt === null,
    resolution: one.resolution,
    value: amount(one.value, one.currency),
    cost: amount(one.cost, one.currency),
    currency: one.currency,
    possible: wayBack.possible,
    why: wayBack.possible ? null : wayBack.why,
    orders: wayBack.possible
      ? wayBack.orders.map(
          ({ kind, side, volume, symbol }) => `${kind} ${side} ${volume ?? ""} ${symbol}`,
        )
      : [],
  };
}

const amount = (text: string | null, currency: string): string =>
  text === null ? NOTHING : money(parseFixed(text), currency);

/** Those that were chosen, as far as they are theirs; FORBIDDEN where one is not. */
async function chosen(sql: Sql, principal: Principal, ids: readonly string[]) {
  const filter = { ids, ignored: true };
  const meant = await planRealignment(sql, principal.tenantId, filter);
  if (meant.items.some(({ accountId }) => !mayReach(principal, accountId))) {
    throw new LockstepError("FORBIDDEN", { permission: "divergences:write" });
  }
  return { filter, meant };
}

async function plan(
  { principal }: Asked,
  fields: Fields,
  sql: Sql,
  fault: string | null = null,
): Promise<PageAnswer | Next> {
  const ids = idsIn(fields.all("id"));
  if (ids.length === 0) return { to: PATH, say: "No divergence was selected." };
  const { meant } = await chosen(sql, principal, ids);
  if (meant.items.length === 0) return { to: PATH, say: "It is over already." };
  const word = meant.possible >= MANY ? WORD : null;
  return {
    page: "realign",
    head: {
      title: `Look at ${count(meant.items.length)} before anything is sent`,
      crumbs: CRUMBS,
      lead: "This is a plan: nothing has been asked for yet.",
      styles: ["rooms.css"],
    },
    status: fault === null ? 200 : 400,
    view: {
      rows: meant.items.map(shown),
      ids: meant.items.map(({ divergenceId }) => divergenceId),
      digest: meant.digest,
      possible: meant.possible,
      impossible: meant.items.length - meant.possible,
      word,
      fault,
      reason: fields.get("reason"),
      values: valuesOf(meant.items),
      others: Object.entries(OTHERS).map(([value, words]) => ({ value, words })),
    },
  };
}

/** A look at the way back of all that differs in some accounts. */
export async function planForAccounts(
  asked: Asked,
  accounts: readonly { readonly id: string }[],
  sql: Sql,
): Promise<PageAnswer | Next> {
  const ids = new Set(accounts.map(({ id }) => id));
  const { items } = await planRealignment(sql, asked.principal.tenantId, {});
  const own = items.filter((one) => ids.has(one.accountId));
  if (own.length === 0)
    return { to: PATH, say: "Nothing differs in the accounts that were selected." };
  const chosenIds = own.map((one): [string, string] => ["id", one.divergenceId]);
  return plan(asked, fieldsFrom(new URLSearchParams(chosenIds)), sql);
}

async function ask(asked: Asked, fields: Fields, sql: Sql): Promise<PageAnswer | Next> {
  const { principal, now } = asked;
  const action = fields.get("action");
  const ids = idsIn(fields.all("id"));
  const { filter, meant } = await chosen(sql, principal, ids);
  const isRealign = action === "realign";
  if (isRealign && meant.possible >= MANY && fields.get("word") !== WORD) {
    return plan(asked, fields, sql, `Type ${WORD} to confirm: nothing was sent.`);
  }
  if (!isRealign && !Object.hasOwn(OTHERS, action)) {
    throw new LockstepError("BAD_INPUT", { field: "action", expected: "what is to be done" });
  }
  const { tenantId, actor, address } = principal;
  const requests = await askDesk(
    sql,
    { tenantId, by: actor.name, address },
    {
      action: isRealign ? "realign" : (action as keyof typeof OTHERS),
      filter,
      reason: fields.get("reason"),
      ...(isRealign ? { digest: fields.get("digest") } : {}),
      ...(action === "ignore" ? { until: new Date(now + HOUR_MS) } : {}),
    },
  );
  return {
    to: `${PATH}?asked=${requests.join(",")}`,
    say: `Asked for ${count(requests.length)}: each account's owner answers below.`,
  };
}
