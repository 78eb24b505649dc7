#!/usr/bin/env node
/** The process around the commands: arguments, streams and the exit code, nothing else. */
import { EXIT_CODES } from "./cli/exit-codes.ts";
import { runProgram } from "./cli/program.ts";
import { processEnvironment } from "./config.ts";

// A reader that has seen enough (`lockstep explain … | head`) is no fault of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

await runProgram(process.argv.slice(2), {
  env: processEnvironment(),
  cwd: process.cwd(),
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  end: (exit) => {
    process.exitCode = EXIT_CODES[exit].number;
  },
});
