/** `lockstep doctor`: what is well and what is not, each with what to do about it. */
import { Command } from "commander";
import { type Check, examine } from "./doctor-checks.ts";
import type { CliIo } from "./io.ts";

export function doctorCommand(io: CliIo): Command {
  return new Command("doctor")
    .description("check configuration, data directory, database, queue and clock")
    .option("--json", "the checks as JSON")
    .action(async (options: { readonly json?: true }) => {
      const checks = await examine(io);
      const ok = checks.every((check) => check.state === "ok");
      if (options.json) io.out(JSON.stringify({ ok, checks }));
      else for (const check of checks) for (const line of describe(check)) io.out(line);
      if (!ok) io.end("FAULT");
    });
}

function describe(check: Check): readonly string[] {
  const line = `${check.state.padEnd(6)} ${check.name}: ${check.found}`;
  return check.help === null ? [line] : [line, `       ${check.help}`];
}
