/** The command line inside a test: what it said and how it would have ended. */
import { EXIT_CODES, type ExitName } from "../cli/exit-codes.ts";
import { runProgram } from "../cli/program.ts";
import type { Environment } from "../config.ts";

export type CliRun = { readonly exit: number; readonly out: string; readonly err: string };

export async function runCli(
  args: readonly string[],
  env: Environment = {},
  cwd = "/",
): Promise<CliRun> {
  const out: string[] = [];
  const err: string[] = [];
  const ends: ExitName[] = [];
  await runProgram(args, {
    env,
    cwd,
    out: (line) => void out.push(line),
    err: (line) => void err.push(line),
    end: (exit) => void ends.push(exit),
  });
  const exit = EXIT_CODES[ends.at(-1) ?? "OK"].number;
  return { exit, out: out.join("\n"), err: err.join("\n") };
}
