/** GET /v1/stream: server-sent events, as EventSource and its like read them. */
import { z } from "zod";
import { ApiError } from "../errors.ts";
import { type Route, route } from "../route.ts";
import { textFault } from "../strict-json.ts";
import type { Streams } from "./hub.ts";
import { TOPICS, type Topic } from "./rows.ts";

const HEADERS = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store, no-transform",
  // A proxy that buffers would turn a stream into a slide show.
  "X-Accel-Buffering": "no",
};
const FULL = { headers: { "Retry-After": "30" } };

const isTopics = (text: string): boolean =>
  text.split(",").every((one) => (TOPICS as readonly string[]).includes(one));

/** `still`: whether what was shown in the Authorization header is good yet. */
export function streamRoute(
  streams: Streams,
  still: (header: string | undefined) => Promise<boolean>,
): Route {
  return route({
    ...{ name: "stream", method: "get", path: "/stream", tag: "Stream", raw: "text/event-stream" },
    permission: "copies:read",
    summary: "Tells what changes, as server-sent events.",
    description:
      "First a `snapshot` of each topic, then an `update` or a `remove` of a row at most four times a second, and an `event` for what happened. Send the last `id` as `Last-Event-ID` to go on from there within ten minutes; `reset` means that it begins anew. A WebSocket to the same address is told the same, as messages `{ id, event, data }`.",
    query: z.strictObject({
      topics: z
        .string()
        .refine(isTopics, `is not some of ${TOPICS.join(",")}`)
        .prefault(TOPICS.join(","))
        .describe(`Some of ${TOPICS.join(", ")}, by commas; all where it is not said.`),
    }),
    async run({ principal, query, header }) {
      const { tenantId, accounts, actor } = principal;
      const lastEventId = header("last-event-id") ?? null;
      if (lastEventId !== null && (lastEventId.length > 64 || textFault(lastEventId) !== null)) {
        throw new ApiError("MALFORMED", "Last-Event-ID is not one of this stream's.");
      }
      const body = streams.open({
        ...{ tenantId, owner: actor.id, accounts, lastEventId },
        topics: new Set(query.topics.split(",") as Topic[]),
        still: () => still(header("authorization")),
      });
      if (body === null) throw new ApiError("UNAVAILABLE", "Too many streams are open.", FULL);
      return new Response(body, { status: 200, headers: HEADERS });
    },
  });
}
