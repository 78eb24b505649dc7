/** The events of an iCalendar file: each with its own lines, without those of what it contains. */
import { type InputFault, quoted } from "../domain/input-fault.ts";
import type { IcsLine } from "./ics-lines.ts";

export type IcsEvent = {
  /** Where it begins. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, readonly IcsLine[]>;
};

type Component = {
  readonly name: string;
  readonly line: number;
  readonly fields: Map<string, IcsLine[]>;
};

/** In the order of the file. What is not closed, or closes what was not opened, is a fault. */
export function icsEvents(
  file: string,
  lines: readonly IcsLine[],
): { readonly events: readonly IcsEvent[]; readonly faults: readonly InputFault[] } {
  const events: IcsEvent[] = [];
  const open: Component[] = [];
  for (const line of lines) {
    const inner = open.at(-1);
    const value = line.value.trim().toUpperCase();
    if (line.name === "BEGIN") open.push({ name: value, line: line.line, fields: new Map() });
    else if (line.name !== "END") add(inner, line);
    else if (inner?.name !== value) return { events, faults: [doesNotClose(file, line, inner)] };
    else {
      open.pop();
      if (value === "VEVENT") events.push(inner);
    }
  }
  const faults = open.map(({ name, line }): InputFault => {
    const found = quoted(`BEGIN:${name}`);
    return { file, line, wrong: "the calendar ends too early", found, expected: `END:${name}` };
  });
  return { events, faults };
}

function add(component: Component | undefined, line: IcsLine): void {
  const { fields } = component ?? {};
  const lines = fields?.get(line.name);
  if (lines === undefined) fields?.set(line.name, [line]);
  else lines.push(line);
}

function doesNotClose(file: string, line: IcsLine, inner: Component | undefined): InputFault {
  return {
    file,
    line: line.line,
    wrong: "the parts of the calendar do not close",
    found: quoted(`END:${line.value}`),
    expected: inner === undefined ? "nothing more" : `END:${inner.name}`,
  };
}
