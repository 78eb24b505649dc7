/** `lockstep divergences policy`: what is done by itself about the divergences of a subscription. */
import { Command, InvalidArgumentError } from "commander";
import { isLockstepError, LockstepError } from "../domain/errors.ts";
import { formatFixed } from "../domain/fixed.ts";
import type { Sql } from "../platform/postgres.ts";
import { type KeptPolicy, policyOf, setPolicy } from "../reconcile/desk/service.ts";
import type { CliIo } from "./io.ts";

type Options = { readonly set?: object; readonly json?: true };
type WithSql = (io: CliIo, act: (sql: Sql) => Promise<void>) => Promise<void>;

export function policyCommand(io: CliIo, withSql: WithSql): Command {
  return new Command("policy")
    .description("what is done by itself about a subscription's divergences; --set changes it")
    .argument("<subscription>", "its id")
    .option("--set <json>", 'such as {"action":"realign","volumeMax":"0.50"}', object)
    .action((id: string, _own: Options, called: Command) =>
      withSql(io, (sql) => kept(sql, io, { id, ...called.optsWithGlobals<Options>() })),
    );
}

function object(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below, in the same words.
  }
  throw new InvalidArgumentError("a JSON object is expected.");
}

async function kept(
  sql: Sql,
  io: CliIo,
  options: Options & { readonly id: string },
): Promise<void> {
  const { id: subscriptionId, set: policy, json } = options;
  for (const { id: tenantId } of await sql<{ id: string }[]>`select tenant_ids() as id`) {
    const known = await policyOf(sql, tenantId, subscriptionId).catch((error: unknown) => {
      if (isLockstepError(error, "NOT_FOUND")) return null;
      throw error;
    });
    if (known === null) continue;
    const by = { tenantId, by: "command line", address: null };
    const wanted = { subscriptionId, policy, version: known.version };
    const now = policy === undefined ? known : await setPolicy(sql, by, wanted);
    io.out(json ? textOf(now) : words(now));
    return;
  }
  throw new LockstepError("NOT_FOUND", { subscriptionId, expected: "a subscription's id" });
}

const textOf = (kept: object): string =>
  JSON.stringify(kept, (_, value) => (typeof value === "bigint" ? formatFixed(value) : value));

function words({ policy, version }: KeptPolicy): string {
  const since = version === 0 ? "as where nobody has set any" : `version ${version}`;
  return `${policy.action} after ${policy.graceMs} ms (${since}): ${textOf(policy)}`;
}
