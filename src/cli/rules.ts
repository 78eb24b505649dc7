/**
 * `lockstep rules`: the rules in force with the layer each value came from, setting a layer, and its
 * history. A strategy alone names its layer, an account alone the follower account's, both together
 * the subscription's own.
 */
import { Command } from "commander";
import { LockstepError } from "../domain/errors.ts";
import { systemClock } from "../platform/clock.ts";
import { readInputText } from "../platform/input-file.ts";
import type { Sql } from "../platform/postgres.ts";
import { type Found, findScopes, type Named } from "../subscriptions/find.ts";
import { type InForce, LayerService } from "../subscriptions/layers/service.ts";
import { SubscriptionService } from "../subscriptions/service.ts";
import type { CliIo } from "./io.ts";
import { over } from "./over.ts";
import { commandLine } from "./principal.ts";
import { applyCommand } from "./rules-apply.ts";

type Options = {
  readonly strategy?: string;
  readonly account?: string;
  readonly json?: true;
};
type SetOptions = Options & { readonly reason: string; readonly expect?: string };

export function rulesCommand(io: CliIo): Command {
  const rules = new Command("rules").description("what subscriptions are copied by");
  whose(rules.command("show"))
    .description("every setting in force, and the layers that it came from")
    .option("--all", "those at their default, too")
    .action((options: Options & { readonly all?: true }) => show(io, options));
  whose(rules.command("set"))
    .description("set a layer; it holds from the master's next signal on")
    .argument("<file>", "the layer's rules, as JSON: all that it says from now on")
    .requiredOption("--reason <words>", "why; recorded in the audit")
    .option("--expect <version>", "refuse where another version is in force")
    .action((file: string, options: SetOptions) => set(io, file, options));
  whose(rules.command("history"))
    .description("the versions of a strategy's or an account's layer, the newest first")
    .action((options: Options) => history(io, options));
  rules.addCommand(whose(applyCommand(io)));
  return rules;
}

const whose = (command: Command): Command =>
  command
    .option("--strategy <name>", "the strategy's name or id")
    .option("--account <name>", "the follower's name, login or id")
    .option("--json", "one line of JSON");

async function show(io: CliIo, options: Options & { readonly all?: true }): Promise<void> {
  await over(io, async (sql) => {
    const found = await findScopes(sql, { ...named(options), what: "subscriptions" });
    const layers = new LayerService(sql, systemClock.now);
    const told: (InForce & { readonly name: string })[] = [];
    for (const one of found) {
      const inForce = await layers.inForce(commandLine(one.tenantId), one.id);
      const settings = inForce.settings.filter(({ from }) => options.all || from.length > 0);
      told.push({ name: one.name, ...inForce, settings });
    }
    if (options.json) return io.out(JSON.stringify(told));
    for (const { name, version, fromSequence, settings, warnings } of told) {
      io.out(`${name}, rules version ${version}, for signals after ${fromSequence}`);
      if (settings.length === 0) io.out("  everything is at its default");
      for (const { words } of settings) io.out(`  ${words}`);
      for (const warning of warnings) io.out(`  warning: ${warning}`);
    }
  });
}

async function set(io: CliIo, file: string, options: SetOptions): Promise<void> {
  const rules = rulesFrom(file, await readInputText(file));
  const expected = options.expect === undefined ? null : versionFrom(options.expect);
  await over(io, async (sql) => {
    const one = await only(sql, options);
    const by = commandLine(one.tenantId);
    const { kind, id, name } = one;
    if (kind === "subscription") {
      const service = new SubscriptionService(sql, systemClock.now);
      const given = { rules, expectedVersion: expected };
      const version = await service.setRules(by, id, given);
      const told = { name, version, subscriptions: 1 };
      return io.out(options.json ? JSON.stringify(told) : `${name} has rules version ${version}`);
    }
    const layers = new LayerService(sql, systemClock.now);
    const expectedVersion = expected ?? (await layers.history(by, { kind, id }))[0]?.version ?? 0;
    const { reason } = options;
    const done = await layers.set(by, { kind, id }, { rules, expectedVersion, reason });
    if (options.json) return io.out(JSON.stringify({ name, ...done }));
    io.out(
      `${kind} ${name} has layer version ${done.version}, for ${done.subscriptions} followers`,
    );
  });
}

async function history(io: CliIo, options: Options): Promise<void> {
  await over(io, async (sql) => {
    const { kind, id, tenantId } = await only(sql, options);
    if (kind === "subscription") throw whoseLayer("a strategy or an account, not both");
    const versions = await new LayerService(sql, systemClock.now).history(commandLine(tenantId), {
      ...{ kind, id },
    });
    if (options.json) return io.out(JSON.stringify(versions));
    if (versions.length === 0) io.out("this layer says nothing yet");
    for (const { version, at, byWhom, reason, rules } of versions) {
      io.out(`version ${version}, ${at}, ${byWhom}: ${reason}`);
      io.out(`  ${JSON.stringify(rules)}`);
    }
  });
}

async function only(sql: Sql, options: Options): Promise<Found> {
  if (options.strategy === undefined && options.account === undefined) {
    throw whoseLayer("a strategy, a follower account, or both for a subscription's own");
  }
  const found = await findScopes(sql, { ...named(options), what: "layers" });
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  throw new LockstepError("BAD_INPUT", {
    field: "--account",
    expected: `one that fits, not ${found.length}: ${found.map(({ id }) => id).join(", ")}`,
  });
}

const named = ({ strategy, account }: Options): Named => ({
  strategy: strategy ?? null,
  account: account ?? null,
});

const whoseLayer = (expected: string): LockstepError =>
  new LockstepError("BAD_INPUT", { field: "--strategy, --account", expected });

function rulesFrom(file: string, text: string): object {
  try {
    const rules: unknown = JSON.parse(text);
    if (typeof rules === "object" && rules !== null && !Array.isArray(rules)) return rules;
  } catch {
    // Told below: what is no JSON is no object.
  }
  throw new LockstepError("BAD_INPUT", { field: file, expected: "rules as one object of JSON" });
}

function versionFrom(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new LockstepError("BAD_INPUT", { field: "--expect", expected: "a version, or 0 for none" });
}
