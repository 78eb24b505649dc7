/** What every step of following shows: where one is, and what the other steps were told. */
import type { Sql } from "../../platform/postgres.ts";
import type { Row } from "../../records/view.ts";
import type { PreviewAccount } from "../../subscriptions/preview/replay.ts";
import type { Fields } from "../fields.ts";
import type { Asked, PageAnswer } from "../portal.ts";
import { FIELD_NAMES, fieldsAt, STEPS } from "./form.ts";

export type Wizard = {
  readonly asked: Asked;
  readonly fields: Fields;
  readonly step: number;
  readonly sql: Sql;
  readonly account: (id: string) => PreviewAccount | null;
  readonly strategy: Row;
};

export type Frame = ReturnType<typeof frameOf>;

export function frameOf({ step, fields, strategy }: Wizard) {
  const action = `/strategies/${String(strategy["id"])}/follow`;
  const said = FIELD_NAMES.map((name) => ({ name, value: fields.get(name) })).filter(
    ({ value }) => value !== "",
  );
  const hasAccount = fields.get("account") !== "";
  const query = new URLSearchParams(said.map(({ name, value }): [string, string] => [name, value]));
  const address = (to: number): string => `${action}?${query}&step=${to}`;
  return {
    action,
    back: step > 1 ? address(step - 1) : null,
    next: step + 1,
    last: STEPS.length,
    hidden: said.filter(({ name }) => !fieldsAt(step).includes(name)),
    steps: STEPS.map((label, index) => ({
      label,
      number: index + 1,
      current: index + 1 === step,
      href: index + 1 < step || (hasAccount && index + 1 !== step) ? address(index + 1) : null,
    })),
  };
}

export function headOf({ strategy }: Wizard, lead: string): PageAnswer["head"] {
  const name = String(strategy["name"]);
  return {
    title: `Follow ${name}`,
    lead: `${lead}. Nothing begins before the last step.`,
    crumbs: [
      { href: "/strategies", label: "Strategies" },
      { href: `/strategies/${String(strategy["id"])}`, label: name },
    ],
    styles: ["rooms.css", "wizard.css"],
  };
}
