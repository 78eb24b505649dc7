/** docs/replication-rules.md: every setting, how layers merge it, and what the rules mean where they could mean two things. */
import { SETTINGS } from "../follower/rules/schema.ts";
import { table } from "./table.ts";

const HEAD = `Rules are JSON; decimals are text; what is absent has its default. Nothing
is ever ignored in silence. Every fault of a document is told at once, each with the path of its setting (\`src/follower/rules/\`). Each setting
has its case in \`src/follower/each-setting-has-its-case.test.ts\`, which fails where one has none, and
stands with its edges in \`src/follower/every-setting-does-what-it-says.test.ts\`.`;

const LAYERS = `Rules come in layers: strategy → portfolio member → portfolio → subscription → follower account.
A layer says only what it sets. The column *layers* tells how several come to one value:

- **override**: the last layer that says anything holds.
- **narrow**: the strictest holds: the lowest of maxima, the highest of minima, what all lists
  include and none excludes, any "off". Includes of several layers become lists within the list,
  each of which must admit; windows and throttles become a list, each of which must be kept.
  Null says "no limit of mine". The default counts only where no layer says anything.
- **xor**: two reversals cancel out. **multiply**: factors multiply. **all**: each layer's own hold.

A layer need not be whole: what its sizing mode needs may come from another. Layers that narrow each
other until nothing is admitted are legal and told as a warning; in one document it is a fault.
Versions of a layer are never edited. Whoever sets one gives each subscription that it touches a new
version of its rules, which holds from the master's next signal on, also over a take-over; open
positions keep what they were opened under unless somebody asks (below). A version holds all its layers, so that a decision's
\`rules_version\` says what it was made by: \`lockstep explain\` names the layer behind each step, and
\`lockstep rules show\` each value in force with its layers (\`src/subscriptions/layers/service.ts\`). A
layer that would contradict the rules of one subscription is refused whole. Layers of portfolios
merge in the code, and nothing sets them yet: there are no portfolios.`;

const DECISIONS = `## Where it could have meant two things
- **Which account a cap counts.** maxOpenPositions, maxVolumePerSymbol, maxTotalVolume and maxLeverage
  count the copies of the subscription; set on the follower account's own layer they count the copies of
  all its subscriptions, beside the others. Only open copies count; the user's own trades never do.
- **A cap cuts.** What is over a cap in lots, leverage or risk is cut off; where less than the symbol's
  minimum is left, the cap is the reason of the skip. Margin is cut to only with shrinkToMargin. Lots of
  both sides add up.
- **multiplier** is used by the modes whose size follows from the master's lots. The other modes say
  the size themselves.
- **equity-percent and fixed-leverage** take the price at the mid; risk-percent takes the expected fill.
- **custom**: rows name the master's symbols; the exact name goes before globs, globs in their order,
  \`*\` comes last wherever it stands.
- **Futures**: a symbol with a tick value is sized by tick value / tick size in place of its contract size.
- **A price factor** scales every price of the master, and the lots by contract size with it, so that
  the notional stays the same.
- **maxRiskPerTradePercent** asks the stop that will be placed; assumedStopPoints stand in for a missing
  one, and without either the copy is refused (MAX_RISK): its risk has no bound.
- **carryRemainder** is used before the caps, and only as far as maxRiskCoefficient times the size; what
  a cap cut off is not carried.
- **Margin** is asked only with reservedMarginFraction above 0 or shrinkToMargin: notional / leverage, at
  a leverage of 1 where it is not known. Else the broker, who knows better, is left to say so.
- **Filters** ask the master's own names, sides, numbers and comments, also of a reversed copy.
- **What is not known is not assumed**: without a calendar a news rule opens nothing, without the
  master's drawdown a drawdown rule copies nothing. Without sessions a market counts as open, and
  without the master's quote the mids are not compared: the guards of price and age still hold.
- **Windows and news** are asked at the moment of the decision. Hours over midnight belong to the day they
  begin on. An hour that the clocks repeat is inside both times, one that they skip never comes.
- **copyExisting**: the age of a position from before counts from when the hub first saw it. Its stops go
  to the master's prices. A worse price under better-price-only is EXISTING.
- **reverse**: the rules of stopLoss hold for the own stop-loss, which stands where the master takes its
  profit. An increase stays on the side of its copy even if the rules were turned around meanwhile.
- **reduceCorrelation**: legs are net over the copies counted, at the present mids; of the two legs the
  larger is taken off.
- **The throttle** counts opens that were decided. One too many trips it: THROTTLED until it is enabled
  again.
- **delayMs** is drawn from the signal and the subscription, so that a decision made again waits as long.
- **HEDGE_PROHIBITED** is decided from our own copies; an opposite position of the user's only the broker
  sees, and refuses. On a netting account opposite copies net.
- **FIFO accounts** refuse to close a position while an older one of its size stands (10045). Where the
  older is another copy's, the two copies change places: the oldest is closed, and the one that stays
  gets its own copy's stops. Where it is the user's own, or only a part of
  another copy's would have to go, nothing is touched and nothing is tried over and over: the close
  ends as FIFO_BLOCKED, and a divergence tells so. Its way back closes what the copy holds too much
  by then; a later close of the master's does as well.
- **New rules on what is open**: \`lockstep rules apply\`, or the API, asks the account's owner for it
  (\`src/hub/reapply.ts\`); \`--dry-run\` tells what would be done. Stops are placed anew from both
  opening prices and the master's stops of now, unless the rules lock them. Lots over maxVolume (a
  copy's increases counted with it), maxVolumePerSymbol, maxTotalVolume, maxLeverage and
  maxRiskPerTradePercent (from the own opening price) are closed, of the newest copies and holdings
  first; less than the symbol's minimum is nothing. Nothing is opened or enlarged, and what only
  speaks of opening (filters, guards, sizing, maxOpenPositions) closes nothing. From then on these
  copies keep the version that was applied. Orders that stand change with the master's.
- **Close-by**: a master that closes two opposite positions by each other has closed or reduced both, and
  so do their copies, each by an order of its own.
- **pendingOrders: mirror** places the follower's own order at the master's price (times a price
  factor, to the tick), sized, capped and guarded as an open at that price would be; its stops are
  reckoned from there. Lots that it may still fill count for the caps. It is linked to the master's:
  - The follower's fires first: what it filled waits \`pendingGraceMs\` for the master's, which takes it
    over (MIRRORED) and opens nothing. In vain, or where the master's order goes, it is closed, and an
    EARLY_FILL divergence tells what that cost; a later fill of the master's is then an ordinary open.
  - The master's fires first: the follower's order is cancelled, and only once that is confirmed the
    fill is decided as any open, at market under the guards. Where it had filled meanwhile it is taken over.
  - A part fills: the master's first part takes over all that the follower's order has filled, and its
    later parts need nothing; where the rest never fills, the copy gives back the same share. Of the
    follower's own, what filled is taken over, the rest is cancelled and told as PARTIAL.
  - What the follower's own hand cancels or closes, or its own stop ends, is DETACHED.
  - The broker takes no such order, or a reversed stop-limit is asked for: PENDING_UNSUPPORTED. It would be
    several orders: ABOVE_MAX_VOLUME. The market is beyond its price: PRICE_MOVED. Refused by the
    broker: a REJECTED divergence with its code. In each case it is copied when it fills.
  - A change that cannot be followed (refused, illegal, other lots) cancels it, and so does everything
    that keeps a subscription from opening: pause, close-only, kill switch, limit, throttle, stopping.
    Orders from before the subscription are not mirrored, but copied when they fill.
  - Reversed, limit and stop orders change places at the same price.
  - An order with our key that mirrors nothing is an ORPHAN divergence; its way back cancels it.
  - A mirrored order whose price or stops a hand has changed at the follower is told as a STOPS
    divergence until it is as it was, filled or gone; the master's next change sets it as well.
- **monitor** decides everything and remembers nothing: no throttle, no remainder, no copy.`;

/** What holds whatever is drawn, and the randomised test that draws it. */
const PROPERTIES: readonly (readonly [holds: string, file: string, title: string])[] = [
  [
    "Volumes are whole steps within the symbol's limits.",
    "src/follower/orders-stay-within-limits.test.ts",
    "orders are whole steps between the symbol's limits and add up",
  ],
  [
    "No rule turns an open into more than its cap.",
    "src/follower/caps-and-risk-hold-together.test.ts",
    "an open is never larger than any cap leaves room for",
  ],
  [
    "A layer that narrows never widens.",
    "src/follower/rules/layers-narrow-and-never-widen.test.ts",
    "a layer more never admits what was refused without it",
  ],
  [
    "Closes pass every filter.",
    "src/follower/closes-pass-every-filter.test.ts",
    "closes, reductions and stop changes pass every rule, state and market",
  ],
  [
    "Partial closes end at exactly zero.",
    "src/follower/reductions-end-at-zero.test.ts",
    "partial closes in any split end at exactly zero",
  ],
  [
    "Reversed twice is not reversed.",
    "src/follower/reversed-copies-mirror.test.ts",
    "reversed twice is not reversed",
  ],
  [
    "N copies of a signal are one.",
    "src/follower/n-copies-of-a-signal-are-one.test.ts",
    "N copies of a signal are one: the same keys before it is answered, a duplicate afterwards",
  ],
  [
    "The sum over all copies is the account's position.",
    "src/lane/copies-sum-to-the-net-position.test.ts",
    "after every order the sum over all copies is the account's one position",
  ],
  [
    "A follower's risk never exceeds maxRiskCoefficient times the intended.",
    "src/follower/caps-and-risk-hold-together.test.ts",
    "the placed risk never exceeds maxRiskCoefficient times the intended",
  ],
];

export function rulesPage(note: string): string {
  const rows = SETTINGS.map(({ path, help, merge, default: fallback }) => [
    `\`${path}\``,
    help,
    `\`${JSON.stringify(fallback)}\``,
    merge.rule,
  ]);
  return `# What the rules of a subscription can say

${note} ${HEAD}

${LAYERS}

${table(["setting", "what it does", "default", "layers"], rows)}

${DECISIONS}

## What holds whatever is drawn
Each is a property that a randomised test draws cases for.

${table(
  ["holds", "test"],
  PROPERTIES.map(([holds, file, title]) => [holds, `\`${file}\` "${title}"`]),
)}
`;
}
