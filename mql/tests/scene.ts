/**
 * A master's terminal and two followers' terminals as processes, linked with a hub that was started
 * as its users start it, and what must be true of them whenever nothing is under way.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFixed } from "../../src/domain/fixed.ts";
import { accountRefOf, type EnrolAccount, enrol } from "../../src/hub/enrol.ts";
import type { Sql } from "../../src/platform/postgres.ts";
import { runCli } from "../../src/testing/cli.ts";
import { type TestDatabase, testDatabase } from "../../src/testing/database.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { type LockstepProcess, startLockstep } from "../../src/testing/lockstep-process.ts";
import type { Tape } from "./tape.ts";
import { newFolder, type Platform, type Report, Terminal } from "./terminal.ts";

export type Role = "master" | "mt4" | "netting";

type Actor = {
  readonly platform: Platform;
  readonly account: EnrolAccount;
  /** Lots for one lot of the master. */
  readonly ratio: number;
};

const TENANT = "terminals";
const STRATEGY = "by hand";
const STEP_MS_MAX = 25_000;
const SETTLE_MS = 1_500;
const account = (broker: string, login: string, positionMode: "hedging" | "netting") => ({
  ...{ broker, login, name: login, currency: "USD", positionMode, leverage: parseFixed("100") },
});
export const ACTORS: Readonly<Record<Role, Actor>> = {
  master: { platform: "mt5", account: account("Alpha", "5001", "hedging"), ratio: 1 },
  mt4: { platform: "mt4", account: account("Beta", "4001", "hedging"), ratio: 1 },
  netting: { platform: "mt5", account: account("Gamma", "6001", "netting"), ratio: 0.5 },
};
const ROLES: readonly Role[] = ["master", "mt4", "netting"];
export const FOLLOWERS: readonly Role[] = ["mt4", "netting"];

export type Holding = {
  readonly ticket: number;
  readonly identifier: number;
  readonly symbol: string;
  readonly kind: number;
  readonly volume: number;
  readonly sl: number;
  readonly tp: number;
  readonly comment: string;
};

export class Scene {
  readonly database: TestDatabase;
  readonly #dataDir: string;
  readonly #ports: { readonly tcp: number; readonly http: number };
  readonly tape: Tape;
  readonly #folders = new Map(ROLES.map((role) => [role, newFolder()]));
  readonly #codes = new Map<Role, string>();
  readonly terminals = new Map<Role, Terminal>();
  #hub: LockstepProcess | null = null;

  private constructor(database: TestDatabase, dataDir: string, facts: SceneFacts) {
    this.database = database;
    this.#dataDir = dataDir;
    this.#ports = facts.ports;
    this.tape = facts.tape;
  }

  /** Everything linked and ready, the market moving. */
  static async set(tape: Tape): Promise<Scene> {
    const database = await testDatabase();
    const dataDir = await mkdtemp(join(tmpdir(), "lockstep-scene-"));
    await chmod(dataDir, 0o755);
    const ports = { tcp: await freePort(), http: await freePort() };
    const scene = new Scene(database, dataDir, { ports, tape });
    for (const role of ROLES) await scene.#pair(role);
    await scene.#subscribe();
    await scene.startHub();
    tape.start();
    for (const role of ROLES) scene.begin(role);
    await eventually("all are linked", () => ROLES.every((role) => scene.isLinked(role)), 20_000);
    // Until the hub has looked at each, and has its prices.
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return scene;
  }

  get #env(): Readonly<Record<string, string>> {
    return {
      DATABASE_URL: this.database.url,
      LOCKSTEP_DATA_DIR: this.#dataDir,
      LOCKSTEP_PORT: "0",
      LOCKSTEP_LOG_LEVEL: "warn",
      LOCKSTEP_SEED: "7",
      LOCKSTEP_TERMINAL_PORT: String(this.#ports.tcp),
      LOCKSTEP_TERMINAL_HTTP_PORT: String(this.#ports.http),
    };
  }

  async #pair(role: Role): Promise<void> {
    const { broker, login, positionMode } = ACTORS[role].account;
    const args = ["pair", "--tenant", TENANT, "--broker", broker, "--login", login];
    const { exit, out, err } = await runCli([...args, "--mode", positionMode, "--json"], this.#env);
    if (exit !== 0) throw new Error(`pairing ${role}: ${err}`);
    this.#codes.set(role, String(JSON.parse(out).code));
  }

  async #subscribe(): Promise<void> {
    await enrol(this.database.sql, {
      tenant: TENANT,
      brokers: ROLES.map((role) => ({ name: ACTORS[role].account.broker, gateway: "metatrader" })),
      accounts: ROLES.map((role) => ACTORS[role].account),
      strategies: [{ name: STRATEGY, master: ACTORS.master.account }],
      subscriptions: FOLLOWERS.map((role) => ({
        strategy: STRATEGY,
        follower: ACTORS[role].account,
        // The markets of the three are never quite at the same tick.
        rules: {
          sizing: { mode: "multiplier", multiplier: String(ACTORS[role].ratio) },
          stops: { stopLoss: { mode: "copy-price" }, takeProfit: { mode: "copy-price" } },
        },
      })),
      ...{ at: Date.now(), by: "test" },
    });
  }

  async startHub(): Promise<readonly string[]> {
    this.#hub = startLockstep(this.#env);
    await this.#hub.url;
    return this.#hub.out;
  }

  async killHub(): Promise<void> {
    this.#hub?.kill("SIGKILL");
    await this.#hub?.ended;
  }

  /** What the hub said that was wrong. */
  get complaints(): readonly string[] {
    return this.#hub?.err ?? [];
  }

  /** Starts a terminal where the one before it, if any, has left off. */
  begin(role: Role): void {
    const { platform, account: own } = ACTORS[role];
    const folder = this.#folders.get(role) ?? newFolder();
    const script = [
      `account login=${own.login} mode=${own.positionMode}`,
      `input InpCode ${this.#codes.get(role)}`,
      "input InpTimerMs 20",
      ...this.tape.words(folder),
    ];
    const port = platform === "mt5" ? this.#ports.tcp : this.#ports.http;
    this.terminals.set(role, new Terminal({ platform, port, folder, script }));
  }

  terminal(role: Role): Terminal {
    const terminal = this.terminals.get(role);
    if (terminal === undefined) throw new TypeError(`no terminal of ${role}`);
    return terminal;
  }

  isLinked(role: Role): boolean {
    return this.terminal(role).panel().includes("Connected");
  }

  /** Its user or its broker does something, and it is done when this returns. */
  async tell(role: Role, line: string): Promise<void> {
    const terminal = this.terminal(role);
    const done = (): number => terminal.reports.filter(({ command }) => command === line).length;
    const before = done();
    terminal.tell(line);
    await eventually(`${role}: ${line}`, () => done() > before);
  }

  async book(role: Role): Promise<{ positions: readonly Holding[]; orders: readonly Holding[] }> {
    await this.tell(role, "dump");
    const dump = this.terminal(role).reports.findLast(({ type }) => type === "dump");
    return dump as Report & { positions: readonly Holding[]; orders: readonly Holding[] };
  }

  /** Waits until nothing is wrong. */
  async agrees(step: string): Promise<void> {
    let wrong: readonly string[] = [];
    const check = async (): Promise<boolean> => {
      wrong = await this.wrong();
      return wrong.length === 0;
    };
    await eventually(step, check, STEP_MS_MAX).catch((error: unknown) => {
      const panels = ROLES.map((role) => `${role}: ${this.terminal(role).panel()}`);
      const said = [...wrong, ...panels, ...this.complaints.slice(-20)].join("\n");
      throw new Error(`${String(error)}\n${said}`);
    });
  }

  /** All that is not as the rules say, from the brokers' books and the ledger's decisions. */
  async wrong(): Promise<readonly string[]> {
    const unanswered = await unansweredOf(this.database.admin);
    if (unanswered.length > 0) return unanswered;
    const { positions: own } = await this.book("master");
    const found = [...(await unheardOf(this.database.admin, own))];
    for (const role of FOLLOWERS) {
      const copied = await copiedBy(this.database.admin, role);
      const { positions } = await this.book(role);
      const isNetting = ACTORS[role].account.positionMode === "netting";
      const expected = sums(
        own
          .filter(({ identifier }) => copied.get(String(identifier)) === "open")
          .map((one) => ({ ...one, volume: one.volume * ACTORS[role].ratio })),
        isNetting,
      );
      const actual = sums(positions, isNetting);
      for (const place of new Set([...expected.keys(), ...actual.keys()])) {
        const [must, has] = [expected.get(place) ?? 0, actual.get(place) ?? 0];
        if (must !== has) found.push(`${role} holds ${has} of ${place} in place of ${must}`);
      }
      for (const [id, state] of copied) {
        const stands = own.some(({ identifier }) => String(identifier) === id);
        if (state === "open" && !stands) found.push(`${role} still counts ${id} as open`);
      }
    }
    return found;
  }

  /** How many of the master's opens were copied, over all followers. */
  async copiesMade(): Promise<number> {
    let made = 0;
    for (const role of FOLLOWERS) made += (await copiedBy(this.database.admin, role)).size;
    return made;
  }

  /** Why opens were not copied, in the order of the signals. */
  async skipped(): Promise<readonly string[]> {
    const rows = await this.database.admin<{ words: string }[]>`
      select a.login || ': ' || s.kind || ' ' || s.position || ' ' || d.reason as words
      from signals s join decisions d using (tenant_id, signal_id)
        join subscriptions b using (tenant_id, subscription_id)
        join accounts a on a.tenant_id = b.tenant_id and a.account_id = b.account_id
      where s.tenant_id = ${tenantId} and d.decision = 'skip' order by s.sequence`;
    return rows.map(({ words }) => words);
  }

  /** Keys for which the broker's own log has more than one deal. */
  executedTwice(role: Role): readonly string[] {
    const counts = new Map<string, number>();
    for (const { type, comment } of this.terminal(role).brokerLog()) {
      if (type !== "deal" || !/^[0-9A-Za-z]{16}$/.test(String(comment))) continue;
      counts.set(String(comment), (counts.get(String(comment)) ?? 0) + 1);
    }
    if (counts.size === 0) return ["no deal bears a key"];
    return [...counts].flatMap(([key, count]) => (count > 1 ? [`${key}: ${count} deals`] : []));
  }

  async close(): Promise<void> {
    for (const terminal of this.terminals.values()) await terminal.kill();
    await this.killHub();
    await this.database.drop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }
}

type SceneFacts = {
  readonly ports: { readonly tcp: number; readonly http: number };
  readonly tape: Tape;
};

/** In hundredths of a lot, by symbol and side; where positions net, buys less sells. */
function sums(rows: readonly Holding[], isNetting: boolean): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { symbol, kind, volume } of rows) {
    const cents = Math.round(volume * 100) * (isNetting && kind === 1 ? -1 : 1);
    const place = isNetting ? symbol : `${symbol} ${kind === 0 ? "buy" : "sell"}`;
    found.set(place, (found.get(place) ?? 0) + cents);
  }
  return found;
}

const tenantId = accountRefOf(TENANT, ACTORS.master.account).tenantId;

/** Signals without a decision, and instructions without an end. */
async function unansweredOf(admin: Sql): Promise<readonly string[]> {
  const rows = await admin<{ words: string }[]>`
    select 'signal ' || s.sequence || ' has no decision' as words
    from signals s join subscriptions b using (tenant_id, master_id)
      left join decisions d on d.tenant_id = s.tenant_id and d.signal_id = s.signal_id
        and d.subscription_id = b.subscription_id
    where s.tenant_id = ${tenantId} and d.signal_id is null
    union all
    select kind || ' ' || key || ' is ' || state from instruction_states
    where tenant_id = ${tenantId} and state not in ('done', 'partial', 'rejected')`;
  return rows.map(({ words }) => words);
}

/** What the master did and the ledger does not know yet. */
async function unheardOf(admin: Sql, own: readonly Holding[]): Promise<readonly string[]> {
  const rows = await admin<{ position: string; after: string }[]>`
    select distinct on (position) position, after_volume::text as after from signals
    where tenant_id = ${tenantId} and kind not in ('place', 'change', 'cancel')
    order by position, sequence desc`;
  const known = new Map(rows.map(({ position, after }) => [position, Number(after)]));
  const stands = new Map(own.map(({ identifier, volume }) => [String(identifier), volume]));
  return [...new Set([...known.keys(), ...stands.keys()])]
    .filter((id) => (known.get(id) ?? 0) !== (stands.get(id) ?? 0))
    .map((id) => `the master's ${id} is ${stands.get(id)}, and ${known.get(id)} in the ledger`);
}

/** The copies of a follower, by the master's position. */
async function copiedBy(admin: Sql, role: Role): Promise<ReadonlyMap<string, string>> {
  const { accountId } = accountRefOf(TENANT, ACTORS[role].account);
  const rows = await admin<{ position: string; state: string }[]>`
    select c.position, c.state from copied_positions c join subscriptions using (tenant_id, subscription_id)
    where tenant_id = ${tenantId} and account_id = ${accountId}`;
  return new Map(rows.map(({ position, state }) => [position, state]));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return address.port;
}
