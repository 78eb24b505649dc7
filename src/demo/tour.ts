/** The demo in five stops: what to look at, in the order in which a copy comes about. */
export const STOPS = [
  {
    title: "1. A copy as it happens",
    words:
      "A master trades every few seconds. Each signal shows who copied it, how much, in how many milliseconds, and who did not and why.",
    href: "/",
    label: "Open the live page",
  },
  {
    title: "2. Every account at once",
    words:
      "Forty followers at three brokers: filter, group, sort, choose columns. One is offline, one differs, one stands near its daily loss.",
    href: "/control?group=broker",
    label: "Open the control room",
  },
  {
    title: "3. How a size came about",
    words:
      "Priya Raman's copy log: wanted, sent, filled, with prices, slippage and each step of the sizing.",
    href: "/subscriptions",
    label: "Open the subscriptions",
  },
  {
    title: "4. What differs, and the way back",
    words:
      "Priya keeps closing copies by hand. See the cause, what is at risk, what the way back costs, and realign after a look at the plan.",
    href: "/reconciliation",
    label: "Open reconciliation",
  },
  {
    title: "5. Stop everything",
    words:
      "Engage the kill switch: every account confirms that it opens nothing more, while closes pass. Then release it with a reason.",
    href: "/kill",
    label: "Open the kill switch",
  },
] as const;
