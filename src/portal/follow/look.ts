/** The last step of following: whether it fits, the rules in words, and the last signals under them. */
import type { FollowPreview } from "../../subscriptions/preview/service.ts";
import type { PageAnswer } from "../portal.ts";
import { type Check, checksOf, volumeCheck } from "./checks.ts";
import { type FollowFacts, pairsOf } from "./form.ts";
import { type Frame, headOf, type Wizard } from "./frame.ts";
import { plainRules } from "./plain-rules.ts";
import { previewView } from "./preview.ts";

type Looked = {
  readonly facts: FollowFacts;
  readonly preview: FollowPreview;
  readonly frame: Frame;
};

export function lookAt(wizard: Wizard, { facts, preview, frame }: Looked): PageAnswer {
  const { fields, strategy, account, step } = wizard;
  const currency = String(facts.account["currency"]);
  const volume = preview.preview === null ? null : volumeCheck(preview.preview);
  const checks: readonly Check[] = [
    ...checksOf(facts, account(fields.get("account"))),
    ...(volume === null ? [] : [volume]),
  ];
  const own = `subscription ${String(strategy["name"])}`;
  const watches = fields.get("begin") === "monitor";
  return {
    page: "follow-look",
    head: headOf(wizard, `${String(facts.account["name"])} follows ${String(strategy["name"])}`),
    view: {
      ...frame,
      step,
      checks,
      mayBegin: checks.every(({ tone }) => tone !== "rejected"),
      warnings: preview.warnings,
      rules: plainRules(preview.settings, own),
      settings: preview.settings
        .filter(({ from }) => from.length > 0)
        .map(({ path, value, from }) => ({
          ...{ path, value: typeof value === "string" ? value : JSON.stringify(value) },
          from: from.join(", "),
        })),
      pairs: pairsOf(facts).filter(({ from, to }) => to !== null && to !== from),
      ...{ preview: previewView(preview, currency), watches, begins: !watches },
      terms: String(strategy["terms"]),
    },
  };
}
