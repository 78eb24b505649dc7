/**
 * Faults of a file that someone handed in: where, what is wrong, what stood there and what was
 * expected. A reader collects as many as it can and throws them as one BAD_INPUT.
 * Invariant: `found` is quoted and bounded, so that a hostile file cannot draw on a terminal.
 */
import { LockstepError } from "./errors.ts";

export type InputFault = {
  readonly file: string;
  /** From 1, or null where the fault is of the file as a whole. */
  readonly line: number | null;
  readonly wrong: string;
  readonly found: string;
  readonly expected: string;
};

const FOUND_LENGTH_MAX = 80;

/** BAD_INPUT with the first fault as its context; `faults` has them all. */
export class InputError extends LockstepError {
  readonly faults: readonly InputFault[];

  constructor(faults: readonly [InputFault, ...InputFault[]], options?: ErrorOptions) {
    super("BAD_INPUT", { ...faults[0] }, options);
    this.name = "InputError";
    this.faults = faults;
  }
}

/** Throws the faults as one InputError, if there are any. */
export function refuseFaults(faults: readonly InputFault[]): void {
  const [first, ...others] = faults;
  if (first !== undefined) throw new InputError([first, ...others]);
}

/** "trades.csv:7: time runs backwards: found "12", expected 13 or later" */
export function formatFault(fault: InputFault): string {
  const where = fault.line === null ? fault.file : `${fault.file}:${fault.line}`;
  return `${where}: ${fault.wrong}: found ${fault.found}, expected ${fault.expected}`;
}

/** Text from outside as it may be shown: quoted, controls escaped, cut at 80 characters. */
export function quoted(text: string): string {
  const cut = text.length > FOUND_LENGTH_MAX ? `${text.slice(0, FOUND_LENGTH_MAX)}…` : text;
  return JSON.stringify(cut).replace(
    /[\u007f-\u009f]/g,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
