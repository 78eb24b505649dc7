/** The command line as a whole: its commands, and how an error ends it. */
import { Command, CommanderError } from "commander";
import { auditCommand } from "./audit.ts";
import { backupCommand, restoreCommand } from "./backup.ts";
import { benchCommand } from "./bench.ts";
import { calendarCommand } from "./calendar.ts";
import { credentialsCommand } from "./credentials.ts";
import { devicesCommand } from "./devices.ts";
import { divergencesCommand, realignCommand } from "./divergences.ts";
import { doctorCommand } from "./doctor.ts";
import { exitOf } from "./exit-codes.ts";
import { explainCommand } from "./explain.ts";
import type { CliIo } from "./io.ts";
import { keyCommand } from "./key.ts";
import { killCommand } from "./kill.ts";
import { migrateCommand } from "./migrate.ts";
import { pairCommand } from "./pair.ts";
import { peopleCommand } from "./people.ts";
import { reenableCommand } from "./reenable.ts";
import { replayCommand } from "./replay.ts";
import { demoCommand, resetCommand } from "./reset.ts";
import { rulesCommand } from "./rules.ts";
import { setupCommand } from "./setup.ts";
import { startCommand } from "./start.ts";
import { tell } from "./tell.ts";
import { terminalsCommand } from "./terminals.ts";
import { unfollowCommand } from "./unfollow.ts";

const COMMANDS = [
  startCommand,
  migrateCommand,
  doctorCommand,
  resetCommand,
  demoCommand,
  replayCommand,
  benchCommand,
  explainCommand,
  calendarCommand,
  pairCommand,
  devicesCommand,
  terminalsCommand,
  keyCommand,
  divergencesCommand,
  realignCommand,
  killCommand,
  unfollowCommand,
  backupCommand,
  restoreCommand,
  reenableCommand,
  rulesCommand,
  setupCommand,
  peopleCommand,
  auditCommand,
  credentialsCommand,
];

/** `args` without node and the script. Never rejects: what went wrong is told and ends `io`. */
export async function runProgram(args: readonly string[], io: CliIo): Promise<void> {
  const program = new Command("lockstep").description(
    "A self-hosted hub for copy trading and multi-account trading",
  );
  for (const command of COMMANDS) program.addCommand(command(io));
  contain(program, io);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) {
      io.end(error.exitCode === 0 ? "OK" : "USAGE");
      return;
    }
    for (const line of tell(error)) io.err(line);
    io.end(exitOf(error));
  }
}

/** No command, at whatever depth, writes or ends the process by itself. */
function contain(command: Command, io: CliIo): void {
  command.exitOverride().configureOutput(outputTo(io));
  for (const inner of command.commands) contain(inner, io);
}

function outputTo(io: CliIo): { writeOut(text: string): void; writeErr(text: string): void } {
  return {
    writeOut: (text) => io.out(text.trimEnd()),
    writeErr: (text) => io.err(text.trimEnd()),
  };
}
