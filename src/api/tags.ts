/** What the routes are about, in the order of the reference. */
export const TAGS = {
  Accounts: "Accounts with their positions, orders, deals and equity.",
  Groups: "Accounts that are looked at and steered together.",
  Brokers: "Brokers, their symbols and quotes, and how names map from one to another.",
  Connections: "Terminals that speak for accounts, and codes to pair new ones.",
  Strategies: "What providers publish over master accounts.",
  Subscriptions: "Accounts that follow strategies, their rules and modes.",
  Signals: "What masters did.",
  Decisions: "The answer to each signal for each follower, and why.",
  Divergences: "Where followers do not hold what the rules say, and what else was noticed.",
  "Kill switch": "Stops every open in a scope at once.",
  Operations: "One action on many accounts, with a result for each.",
  Webhooks: "Events, and the addresses they are sent to.",
  Stream: "What changes, as it changes.",
  Sandbox: "What simulated accounts are made to do, for tests of programs.",
  Keys: "API keys.",
  Users: "People and their roles.",
  Audit: "Who did what, and how it was before and after.",
} as const;

export type Tag = keyof typeof TAGS;
