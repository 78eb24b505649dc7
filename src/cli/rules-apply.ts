/** `lockstep rules apply`: has the rules of now applied to what is open, or tells what that would do. */
import { Command } from "commander";
import { systemTimers } from "../platform/clock.ts";
import { findScopes } from "../subscriptions/find.ts";
import { type Application, ReapplyService } from "../subscriptions/reapply/service.ts";
import type { CliIo } from "./io.ts";
import { over } from "./over.ts";
import { commandLine } from "./principal.ts";

/** A running hub answers within seconds; a busy account takes up to a minute. */
const WAIT_MS = 65_000;
const POLL_MS = 200;

type Options = {
  readonly strategy?: string;
  readonly account?: string;
  readonly json?: true;
  readonly dryRun?: true;
  readonly reason: string;
};

export function applyCommand(io: CliIo): Command {
  return new Command("apply")
    .description("apply the rules of now to open positions: stops anew, volume down to the caps")
    .requiredOption("--reason <words>", "why; recorded in the audit")
    .option("--dry-run", "tell what would be done, and do nothing")
    .action((options: Options) => apply(io, options));
}

async function apply(io: CliIo, options: Options): Promise<void> {
  const { strategy = null, account = null, json, dryRun = false, reason } = options;
  if (strategy === null && account === null) {
    io.err("Say which: --strategy, --account, or both.");
    io.end("USAGE");
    return;
  }
  await over(io, async (sql) => {
    const found = await findScopes(sql, { strategy, account, what: "subscriptions" });
    const service = new ReapplyService(sql);
    const told: (Application & { readonly name: string })[] = [];
    for (const { tenantId, id, name } of found) {
      const by = commandLine(tenantId);
      const requestId = await service.ask(by, id, { reason, dryRun });
      const answered = () => service.applications(by, id);
      told.push({ name, ...(await answerOf(requestId, answered)) });
    }
    if (json) io.out(JSON.stringify(told));
    else for (const line of told.flatMap(words)) io.out(line);
    if (told.some(({ state }) => state !== "done")) io.end("FAULT");
  });
}

async function answerOf(
  requestId: string,
  read: () => Promise<readonly Application[]>,
): Promise<Application> {
  const until = performance.now() + WAIT_MS;
  for (;;) {
    const one = (await read()).find((other) => other.requestId === requestId);
    if (one !== undefined && (one.state !== "waiting" || performance.now() > until)) return one;
    await systemTimers.sleep(POLL_MS);
  }
}

function words({ name, state, words: said, legs }: Application & { readonly name: string }) {
  const positions = legs.map(
    ({ position, side, held, symbol, words: leg }) =>
      `  ${position}, ${side} ${held} ${symbol}: ${leg}`,
  );
  return [`${name}: ${state}, ${said}`, ...positions];
}
