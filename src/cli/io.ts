/** What a command may touch: arguments in place of process, console and exit. */
import { type Environment, readConfig, type Settings } from "../config.ts";
import type { ExitName } from "./exit-codes.ts";

export type CliIo = {
  readonly env: Environment;
  readonly cwd: string;
  /** A line of result, on standard output. */
  out(line: string): void;
  /** A line for the person who watches, on standard error. */
  err(line: string): void;
  /** How the process will end; the last word counts, and nothing said is OK. */
  end(exit: ExitName): void;
};

/** BAD_CONFIG with every fault of the environment. */
export function settingsOf(io: CliIo): Settings {
  return readConfig(io.env, io.cwd);
}
