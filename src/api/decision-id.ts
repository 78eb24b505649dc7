/** A decision's id names its signal and its subscription: there is one for each pair. */
import { z } from "zod";
import { idPattern, idText, uuidsOf } from "../domain/prefixed-ids.ts";

const PAIR = z.strictObject({ signal: z.string(), subscription: z.string() });
const PATTERN = idPattern("decision", 2);

const pairOf = (id: string): z.infer<typeof PAIR> => {
  const [signal = "", subscription = ""] = uuidsOf(id);
  return { signal, subscription };
};

export const exampleDecision = idText(
  "decision",
  "019ad7f4-7c00-7000-8000-000000000001",
  "019ad7f4-7c00-7000-8000-000000000002",
);

const text = () =>
  z
    .string()
    .regex(PATTERN)
    .meta({ examples: [exampleDecision] });

export const DECISION_ID_IN = z.codec(text(), PAIR, {
  decode: pairOf,
  encode: ({ signal, subscription }) => idText("decision", signal, subscription),
});

export const DECISION_ID_OUT = z.codec(PAIR, text(), {
  decode: ({ signal, subscription }) => idText("decision", signal, subscription),
  encode: pairOf,
});
