/**
 * Following a strategy in four steps: the account, the size, the limits, and a look at what it means
 * before it begins. Steps are addresses: every field is in them, so that Back, a reload and a
 * bookmark lose nothing, and only the last one does anything. The rules' own schema judges what was
 * typed, and the step that asks for it says what is wrong.
 */
import { isLockstepError, type LockstepError } from "../../domain/errors.ts";
import { formatFixed } from "../../domain/fixed.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import { CopyRecords } from "../../records/copies.ts";
import { readFollowFacts } from "../../records/follow.ts";
import type { PreviewAccount } from "../../subscriptions/preview/replay.ts";
import { previewFollow } from "../../subscriptions/preview/service.ts";
import { SubscriptionService } from "../../subscriptions/service.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { money } from "../view/format.ts";
import { checksOf } from "./checks.ts";
import {
  ACTIONS,
  EXISTING,
  FIELD_NAMES,
  type FollowFacts,
  faultIn,
  rulesFrom,
  STEPS,
  sizesOf,
  typed,
} from "./form.ts";
import { frameOf, headOf, type Wizard } from "./frame.ts";
import { lookAt } from "./look.ts";

const ACCOUNTS_MAX = 1_000;
/** So many accounts stand side by side; more are a list to choose from. */
const CARDS_MAX = 20;
const LAST = STEPS.length;

export type FollowDeps = {
  readonly sql: () => Sql;
  /** An account as this process knows it now. */
  readonly account: (id: string) => PreviewAccount | null;
};

export function addFollow(portal: Portal, { sql, account }: FollowDeps): void {
  const path = "/strategies/:id/follow";
  const wizard = async (asked: Asked, fields: Fields, step: number): Promise<Wizard> => ({
    ...{ asked, fields, step, sql: sql(), account },
    strategy: await new CopyRecords(sql()).strategy(asked.principal, asked.param("id")),
  });
  portal.page(path, "copies:write", async (asked) => {
    const { searchParams } = new URL(asked.context.req.url);
    const step = Number.parseInt(searchParams.get("step") ?? "1", 10) || 1;
    const within = Math.min(LAST, Math.max(1, step));
    return stepPage(await wizard(asked, typed(searchParams), within));
  });
  portal.form(path, "copies:write", async (asked, fields) =>
    begin(await wizard(asked, fields, LAST), new SubscriptionService(sql(), () => asked.now)),
  );
}

async function factsOf({ asked, fields, strategy, sql, account }: Wizard): Promise<FollowFacts> {
  const accountId = fields.get("account");
  const ids = { strategyId: String(strategy["id"]), accountId };
  const recorded = await readFollowFacts(sql, asked.principal, ids);
  const ownSymbols = account(accountId)?.market.specs.map(({ name }) => name) ?? [];
  return { ...recorded, ownSymbols };
}

async function stepPage(wizard: Wizard, fault: string | null = null): Promise<PageAnswer> {
  const { step, fields, asked } = wizard;
  if (step === 1) return accountStep(wizard, fault);
  let facts: FollowFacts;
  try {
    facts = await factsOf(wizard);
  } catch (error) {
    if (!isLockstepError(error, "NOT_FOUND")) throw error;
    return accountStep({ ...wizard, step: 1 }, "Choose one of your accounts.");
  }
  if (fault !== null || step === 2) return formStep(wizard, facts, fault);
  try {
    const rules = rulesFrom(fields, facts);
    const { strategy, sql, account } = wizard;
    const request = { strategy: String(strategy["id"]), account: fields.get("account"), rules };
    const preview = await previewFollow({ sql, account }, asked.principal, request);
    if (step < LAST) return formStep(wizard, facts, null);
    return lookAt(wizard, { facts, preview, frame: frameOf(wizard) });
  } catch (error) {
    if (!isLockstepError(error, "BAD_RULES")) throw error;
    return faulty(wizard, facts, error);
  }
}

/** Back to the step that asks for the first of what is wrong. */
function faulty(wizard: Wizard, facts: FollowFacts, error: LockstepError): PageAnswer {
  const listed = error.context["faults"];
  const faults = (Array.isArray(listed) ? listed.map(String) : [error.message]).map(faultIn);
  const step = Math.min(...faults.map((one) => one.step));
  const words = faults.filter((one) => one.step === step).map((one) => one.words);
  return formStep({ ...wizard, step }, facts, words.join("; "));
}

async function accountStep(wizard: Wizard, fault: string | null): Promise<PageAnswer> {
  const { asked, fields, strategy, sql, account } = wizard;
  const page = { limit: ACCOUNTS_MAX, after: null };
  const { rows } = await new AccountRecords(sql).list(asked.principal, {}, page);
  const able = rows.filter((row) => row["id"] !== strategy["master_id"]);
  const accounts = able.map((row) => {
    const id = String(row["id"]);
    const currency = String(row["currency"]);
    const figures = account(id)?.figures ?? null;
    return {
      ...{ id, name: row["name"], broker: row["broker"], currency, mode: row["position_mode"] },
      equity: money(figures?.equity ?? null, currency),
      connected: figures !== null,
      selected: fields.get("account") === id || able.length === 1,
    };
  });
  return answer(wizard, fault, { accounts, cards: accounts.length <= CARDS_MAX });
}

function formStep(wizard: Wizard, facts: FollowFacts, fault: string | null): PageAnswer {
  const { fields, account } = wizard;
  const options = (words: Readonly<Record<string, string>>, field: string) =>
    Object.entries(words).map(([value, label]) => ({
      ...{ value, label, selected: fields.get(field) === value },
    }));
  const sides = { both: "buys and sells", buy: "buys only", sell: "sells only" };
  const figures = account(fields.get("account"))?.figures ?? null;
  return answer(wizard, fault, {
    isSize: wizard.step === 2,
    isLimits: wizard.step === 3,
    checks: wizard.step === 2 ? checksOf(facts, account(fields.get("account"))) : [],
    name: String(facts.account["name"]),
    equity: figures === null ? null : formatFixed(figures.equity, 2),
    currency: String(facts.account["currency"]),
    sizes: sizesOf(fields),
    existing: options(EXISTING, "existing"),
    sides: options(sides, "sides"),
    dayLossActions: options(ACTIONS, "dayLossAction"),
    drawdownActions: options(ACTIONS, "drawdownAction"),
    value: Object.fromEntries(FIELD_NAMES.map((one) => [one, fields.get(one)])),
  });
}

function answer(wizard: Wizard, fault: string | null, view: object): PageAnswer {
  const { strategy, step } = wizard;
  return {
    page: "follow",
    head: headOf(wizard, STEPS[step - 1] ?? ""),
    status: fault === null ? 200 : 400,
    view: {
      ...frameOf(wizard),
      ...view,
      step,
      isAccount: step === 1,
      fault,
      strategy: strategy["name"],
    },
  };
}

async function begin(wizard: Wizard, service: SubscriptionService): Promise<PageAnswer | Next> {
  const { fields, strategy, asked, account } = wizard;
  const facts = await factsOf(wizard);
  const { principal } = asked;
  const mode = fields.get("begin") === "monitor" ? ("monitor" as const) : ("active" as const);
  const agreed = String(strategy["terms"]) === "" || fields.has("agreed");
  const isStopped = checksOf(facts, account(fields.get("account"))).some(
    ({ tone }) => tone === "rejected",
  );
  if (!agreed || isStopped || !fields.has("confirmed")) {
    return stepPage({ ...wizard, fields });
  }
  try {
    const rules = rulesFrom(fields, facts);
    const ids = { strategy: String(strategy["id"]), account: fields.get("account") };
    const id = facts.existing?.id ?? (await service.follow(principal, { ...ids, rules, mode }));
    if (facts.existing !== null) {
      // It was stopped: it begins anew, under the new rules.
      await service.setRules(principal, id, { rules, expectedVersion: null });
      await service.setMode(principal, id, { mode, reason: "follows again" });
    }
    const say =
      mode === "monitor"
        ? "It watches from the master's next signal on; nothing is sent."
        : "It follows from the master's next signal on.";
    return { to: `/subscriptions/${id}`, say };
  } catch (error) {
    if (!isLockstepError(error, "BAD_RULES")) throw error;
    return faulty(wizard, facts, error);
  }
}
