/** Reads a stream of server-sent events as the hub writes them: an id, a kind and a line of JSON. */

/** "still here": nothing changed for a while. */
export type StreamEvent = { readonly json: string } | "still here";

type Reader = {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
};

export async function* eventsIn(reader: Reader): AsyncGenerator<StreamEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== null) yield event;
    }
  }
}

/** Null for what only concerns who reads event streams: how long to wait before asking again. */
export function eventOf(block: string): StreamEvent | null {
  if (block.startsWith(":")) return "still here";
  const fields = new Map(
    block.split("\n").map((line): [string, string] => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const [id, event, data] = ["id", "event", "data"].map((name) => fields.get(name));
  if (id === undefined || event === undefined || data === undefined) return null;
  return { json: `{"id":${JSON.stringify(id)},"event":${JSON.stringify(event)},"data":${data}}` };
}
