/**
 * Connecting an account: which kind, what it is, and a live test that shows each step. A code is
 * shown in the answer to the form that asked for it and nowhere else; it is in no address.
 */
import type { PositionMode } from "../../domain/account.ts";
import { isLockstepError } from "../../domain/errors.ts";
import { type Fixed, ONE, parseFixed } from "../../domain/fixed.ts";
import type { Principal } from "../../identity/principal.ts";
import { lastQuoteAt } from "../../live/accounts.ts";
import type { LinkedAccount, PairingOffer, PairingProgress } from "../../pairing/service.ts";
import type { PairingStep } from "../../pairing/steps.ts";
import type { Sql } from "../../platform/postgres.ts";
import { AccountRecords } from "../../records/accounts.ts";
import type { PreviewAccount } from "../../subscriptions/preview/replay.ts";
import type { Fields } from "../fields.ts";
import type { Asked, Next, PageAnswer, Portal } from "../portal.ts";
import { dateTime } from "../view/format.ts";
import { connectionOf } from "./steps.ts";

/** An account as this process knows it now. */
type KnownAccount = PreviewAccount & { readonly online: boolean; readonly ready: boolean };

export type Opening = {
  readonly brokers: readonly string[];
  open(by: Principal, wanted: Simulated): Promise<string>;
};

type Simulated = {
  readonly broker: string;
  readonly name: string;
  readonly currency: string;
  readonly positionMode: PositionMode;
  readonly leverage: Fixed;
  readonly balance: Fixed;
};

export type Pairings = {
  link(by: Principal, wanted: LinkedAccount): Promise<{ readonly accountId: string }>;
  offer(by: Principal, accountId: string): Promise<PairingOffer>;
  progress(by: Principal, device: string): Promise<PairingProgress>;
  devices(
    by: Principal,
  ): Promise<readonly { readonly accountId: string; readonly device: string }[]>;
};

export type ConnectDeps = {
  readonly sql: () => Sql;
  readonly account: (id: string) => KnownAccount | null;
  /** Null where no broker is simulated here, or it is not there yet. */
  readonly simulated: () => Opening | null;
  /** Null until the database is there. */
  readonly pairings: () => Pairings | null;
  /** What is to be done at the terminal, and why that cannot work yet; null: it can. */
  readonly steps: (code: string) => readonly PairingStep[];
  readonly notListening: string | null;
};

const MODES = {
  hedging: "hedging: each open is a position of its own",
  netting: "netting: one position a symbol",
};
const CURRENCIES = ["EUR", "GBP", "USD"];
const LOOK_S = 3;

export function addConnect(portal: Portal, deps: ConnectDeps): void {
  portal.page("/connect", "accounts:write", (asked) => choicePage(asked, deps));
  portal.page("/connect/simulated", "accounts:write", () => simulatedPage(deps, {}));
  portal.form("/connect/simulated", "accounts:write", (asked, fields) =>
    openSimulated(asked, fields, deps),
  );
  portal.page("/connect/metatrader", "accounts:write", (asked) => metatraderPage(asked, deps, {}));
  portal.form("/connect/metatrader", "accounts:write", (asked, fields) =>
    linkMetatrader(asked, fields, deps),
  );
  portal.form("/accounts/:id/pair", "accounts:write", (asked) =>
    codePage(asked, deps, asked.param("id")),
  );
  portal.page("/accounts/:id/connection", "accounts:read", (asked) => testPage(asked, deps));
  portal.data("/accounts/:id/connection.json", "accounts:read", (asked) => testState(asked, deps));
}

const CRUMBS = [{ href: "/connect", label: "Connect an account" }];
const STYLES = ["rooms.css", "wizard.css"];
const isTest = ({ principal }: Asked): boolean => principal.mode === "test";

function choicePage(asked: Asked, { simulated, notListening }: ConnectDeps): PageAnswer {
  return {
    page: "connect",
    head: {
      title: "Connect an account",
      lead: "An account can follow strategies, be published as one, or both.",
      styles: STYLES,
    },
    view: { simulated: simulated() !== null, notListening, visitor: isTest(asked) },
  };
}

type Typed = { readonly value?: Readonly<Record<string, string>>; readonly fault?: string };

const options = (all: Readonly<Record<string, string>>, chosen: string | undefined) =>
  Object.entries(all).map(([value, label]) => ({ value, label, selected: value === chosen }));

const same = (all: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(all.map((one) => [one, one]));

function simulatedPage({ simulated }: ConnectDeps, { value = {}, fault }: Typed): PageAnswer {
  return {
    page: "connect-simulated",
    head: { title: "Open a simulated account", crumbs: CRUMBS, styles: STYLES },
    status: fault === undefined ? 200 : 400,
    view: {
      fault: fault ?? null,
      value: { name: "", balance: "10000", leverage: "100", ...value },
      brokers: options(same(simulated()?.brokers ?? []), value["broker"]),
      currencies: options(same(CURRENCIES), value["currency"] ?? "USD"),
      modes: options(MODES, value["mode"]),
      none: simulated() === null,
    },
  };
}

const NUMBER = /^\d{1,9}(\.\d{1,2})?$/;
const amount = (text: string): Fixed => (NUMBER.test(text) ? parseFixed(text) : 0n);
const modeOf = (text: string): PositionMode => (text === "netting" ? "netting" : "hedging");
const said = (fields: Fields, names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, fields.get(name)]));

/** "The balance must be an amount above 0." BAD_INPUT names a field and what it should be. */
async function orFault(
  act: () => Promise<PageAnswer | Next>,
  again: (fault: string) => PageAnswer | Promise<PageAnswer>,
): Promise<PageAnswer | Next> {
  try {
    return await act();
  } catch (error) {
    if (!isLockstepError(error, "BAD_INPUT")) throw error;
    const { field = "form", expected = "something else" } = error.context;
    return again(`The ${String(field)} must be ${String(expected)}.`);
  }
}

function openSimulated(asked: Asked, fields: Fields, deps: ConnectDeps) {
  const opening = deps.simulated();
  if (opening === null) return { to: "/connect", say: "No broker is simulated here." };
  const value = said(fields, ["broker", "name", "currency", "mode", "balance", "leverage"]);
  return orFault(
    async () => {
      const id = await opening.open(asked.principal, {
        ...{ broker: fields.get("broker"), name: fields.get("name") },
        ...{ currency: fields.get("currency"), positionMode: modeOf(fields.get("mode")) },
        ...{ leverage: amount(fields.get("leverage")), balance: amount(fields.get("balance")) },
      });
      return { to: `/accounts/${id}/connection`, say: "The account is opened." };
    },
    (fault) => simulatedPage(deps, { value, fault }),
  );
}

async function metatraderPage(
  asked: Asked,
  { sql, notListening }: ConnectDeps,
  { value = {}, fault }: Typed,
): Promise<PageAnswer> {
  const page = { limit: 1_000, after: null };
  const { rows } = await new AccountRecords(sql()).list(asked.principal, {}, page);
  const brokers = [...new Set(rows.map((row) => String(row["broker"])))].sort();
  return {
    page: "connect-metatrader",
    head: { title: "Link a MetaTrader terminal", crumbs: CRUMBS, styles: STYLES },
    status: fault === undefined ? 200 : 400,
    view: {
      fault: fault ?? null,
      value: { broker: "", login: "", name: "", currency: "USD", leverage: "100", ...value },
      modes: options(MODES, value["mode"]),
      ...{ brokers, notListening, visitor: isTest(asked) },
    },
  };
}

function linkMetatrader(asked: Asked, fields: Fields, deps: ConnectDeps) {
  const pairings = deps.pairings();
  if (pairings === null) return { to: "/connect", say: "The hub is still starting." };
  const value = said(fields, ["broker", "login", "name", "currency", "mode", "leverage"]);
  return orFault(
    async () => {
      const whole = /^[1-9]\d{0,4}$/.test(fields.get("leverage"));
      const { accountId } = await pairings.link(asked.principal, {
        ...{ broker: fields.get("broker"), login: fields.get("login") },
        ...(fields.get("name") === "" ? {} : { name: fields.get("name") }),
        ...{ mode: modeOf(fields.get("mode")), currency: fields.get("currency").toUpperCase() },
        leverage: whole ? BigInt(fields.get("leverage")) * ONE : 0n,
      });
      return codePage(asked, deps, accountId);
    },
    (fault) => metatraderPage(asked, deps, { value, fault }),
  );
}

/** The code, once; and what is to be done with it. */
async function codePage(asked: Asked, deps: ConnectDeps, id: string): Promise<PageAnswer | Next> {
  const pairings = deps.pairings();
  if (pairings === null) return { to: "/connect", say: "The hub is still starting." };
  const account = await new AccountRecords(deps.sql()).read(asked.principal, id);
  const { code, device, expiresAt } = await pairings.offer(asked.principal, id);
  return {
    page: "connect-code",
    head: {
      title: `Pair a terminal with ${String(account["name"])}`,
      lead: "The code counts once and is shown only here.",
      ...{ crumbs: CRUMBS, styles: STYLES },
    },
    view: {
      ...{ code, steps: deps.steps(code), notListening: deps.notListening },
      until: dateTime(expiresAt),
      again: `/accounts/${id}/pair`,
      test: `/accounts/${id}/connection?device=${device}`,
      ...(await testView(asked, deps, { id, device })),
    },
  };
}

async function testPage(asked: Asked, deps: ConnectDeps): Promise<PageAnswer> {
  const id = asked.param("id");
  const account = await new AccountRecords(deps.sql()).read(asked.principal, id);
  const view = await testView(asked, deps, { id, device: asked.query("device") });
  return {
    page: "connection",
    head: {
      title: `Does ${String(account["name"])} answer?`,
      lead: `${String(account["login"])} at ${String(account["broker"])}. Looking trades nothing.`,
      crumbs: [{ href: `/accounts/${id}`, label: String(account["name"]) }],
      styles: STYLES,
      ...(view.connection.state === "done" ? {} : { reloadSeconds: LOOK_S }),
    },
    view: {
      ...view,
      account: `/accounts/${id}`,
      pairs: view.paired ? `/accounts/${id}/pair` : null,
    },
  };
}

type Tested = {
  readonly id: string;
  /** What became of a code that was handed out; "": the newest terminal's. */
  readonly device: string;
};

async function pairingOf(asked: Asked, deps: ConnectDeps, { id, device }: Tested) {
  const pairings = deps.pairings();
  if (pairings === null || isTest(asked)) return null;
  const { principal } = asked;
  const newest = (await pairings.devices(principal)).find((one) => one.accountId === id)?.device;
  const wanted = device === "" ? newest : device;
  if (wanted === undefined) return null;
  const { accountId, state } = await pairings.progress(principal, wanted);
  return accountId === id ? state : null;
}

async function testView(asked: Asked, deps: ConnectDeps, tested: Tested) {
  const { id, device } = tested;
  const account = await new AccountRecords(deps.sql()).read(asked.principal, id);
  const pairing = await pairingOf(asked, deps, tested);
  const known = deps.account(id);
  const connection = connectionOf({
    pairing,
    served: known !== null,
    online: known?.online ?? false,
    ready: known?.ready ?? false,
    symbols: known?.market.specs.length ?? 0,
    figures: known?.figures ?? null,
    quotedAt: known === null ? null : lastQuoteAt(known.market),
    tradeAllowed: known?.facts.tradeAllowed ?? true,
    currency: String(account["currency"]),
  });
  const poll = `/accounts/${id}/connection.json?device=${encodeURIComponent(device)}`;
  return { connection, paired: pairing !== null, poll };
}

/** As the page's bindings take it. */
async function testState(asked: Asked, deps: ConnectDeps): Promise<object> {
  const tested = { id: asked.param("id"), device: asked.query("device") };
  const { connection } = await testView(asked, deps, tested);
  const rows = connection.steps.map(({ id, label: _, ...step }) => [`step-${id}`, step]);
  const whole = { state: connection.state, words: connection.words };
  return {
    rows: Object.fromEntries([...rows, ["connection", whole]]),
    lists: {},
    done: connection.state === "done",
  };
}
