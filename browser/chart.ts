/**
 * Live charts, loaded only where a page has one. The server has drawn the curve already; this puts
 * one in its place that follows the account, tells the values under the pointer, and shows a part
 * larger (drag over it; a double click shows all again).
 */
import uPlot from "uplot";

type Data = {
  readonly unit: string;
  readonly everyMs: number;
  readonly adds: boolean;
  readonly names: readonly string[];
  readonly at: readonly number[];
  readonly values: readonly (readonly (number | null)[])[];
};

const HEIGHT = 260;
const AXIS_PX = 76;
const POINTS_MAX = 20_000;
const COLOURS = ["--accent", "--warn", "--ask"];

const number = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

const worded = (value: number, unit: string): string =>
  `${number.format(value).replace("-", "−")}${unit === "%" ? " %" : ""}`;

class EquityChart extends HTMLElement {
  #plot: uPlot | null = null;
  #data: Data | null = null;
  #columns: (number | null)[][] = [];
  readonly #told = document.createElement("p");
  readonly #place = document.createElement("div");
  #timer = 0;

  connectedCallback(): void {
    this.#told.className = "told";
    this.#told.setAttribute("aria-hidden", "true");
    this.#place.setAttribute("aria-hidden", "true");
    void this.#begin();
  }

  disconnectedCallback(): void {
    clearTimeout(this.#timer);
    this.#plot?.destroy();
  }

  async #begin(): Promise<void> {
    const data = await this.#ask("");
    // Without it the curve that the server drew stays.
    if (data === null || data.at.length < 2) return;
    this.#take(data);
    const drawn = this.querySelector<HTMLElement>(".drawn");
    if (drawn !== null) drawn.hidden = true;
    this.append(this.#told, this.#place);
    this.#draw();
    new ResizeObserver(() => this.#fit()).observe(this);
    // Lines are painted, so a change of theme paints them anew.
    const again = (): void => this.#draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
    new MutationObserver(again).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
    this.#wait();
  }

  async #ask(more: string): Promise<Data | null> {
    const response = await fetch(`${this.dataset["source"] ?? ""}${more}`).catch(() => null);
    return response?.ok === true ? ((await response.json()) as Data) : null;
  }

  #take(data: Data): void {
    this.#data = data;
    this.#columns = [[...data.at], ...data.values.map((list) => [...list])];
  }

  #add(data: Data): void {
    [data.at, ...data.values].forEach((list, place) => {
      const column = this.#columns[place];
      column?.push(...list);
      column?.splice(0, Math.max(0, column.length - POINTS_MAX));
    });
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#follow(), this.#data?.everyMs ?? HEIGHT);
  }

  /** Nothing is asked for while nobody looks, or the reader wants the page to stand still. */
  async #follow(): Promise<void> {
    const frozen = document.getElementById("freeze")?.getAttribute("aria-pressed") === "true";
    if (!document.hidden && !frozen) {
      const last = this.#columns[0]?.at(-1) ?? 0;
      const data = await this.#ask(this.#data?.adds === true ? `&after=${last * 1_000}` : "");
      if (data !== null) {
        if (data.adds) this.#add(data);
        else this.#take(data);
        this.#plot?.setData(this.#columns as uPlot.AlignedData);
        this.#tell(this.#pointed());
      }
    }
    this.#wait();
  }

  #draw(): void {
    const data = this.#data;
    if (data === null) return;
    this.#plot?.destroy();
    const style = getComputedStyle(this);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = {
      stroke: resolved(this, colour("--soft")),
      grid: { stroke: resolved(this, colour("--line")), width: 1 },
      ticks: { show: false },
      font: `11px ${style.fontFamily}`,
    };
    const lines = data.names.map((label, place) => {
      const stroke = resolved(this, colour(COLOURS[place] ?? "--soft"));
      const first = place === 0;
      return {
        label,
        stroke,
        width: first ? 1.6 : 1,
        dash: first ? [] : [4, 3],
        spanGaps: true,
        points: { show: false },
      };
    });
    this.#plot = new uPlot(
      {
        width: Math.max(200, this.clientWidth),
        height: HEIGHT,
        legend: { show: false },
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), "Etc/UTC"),
        scales: { x: { time: true } },
        axes: [
          axis,
          {
            ...axis,
            size: AXIS_PX,
            values: (_, ticks) => ticks.map((one) => worded(one, data.unit)),
          },
        ],
        series: [{}, ...lines],
        hooks: { setCursor: [() => this.#tell(this.#pointed())] },
      },
      this.#columns as uPlot.AlignedData,
      this.#place,
    );
    this.#tell(null);
  }

  #fit(): void {
    const width = Math.max(200, this.clientWidth);
    if (this.#plot !== null && this.#plot.width !== width)
      this.#plot.setSize({ width, height: HEIGHT });
  }

  /** The place under the pointer; null where there is none over the chart. */
  #pointed(): number | null {
    const { left = -1, idx = null } = this.#plot?.cursor ?? {};
    return left >= 0 ? idx : null;
  }

  /** The values under the pointer, or the newest. */
  #tell(index: number | null): void {
    const data = this.#data;
    const times = this.#columns[0] ?? [];
    const place = index ?? times.length - 1;
    const at = times[place];
    if (data === null || at === undefined || at === null) return;
    const when = new Date(at * 1_000).toISOString().slice(0, 16).replace("T", " ");
    const said = data.names.map((name, line) => {
      const value = this.#columns[line + 1]?.[place];
      return `${name} ${value === null || value === undefined ? "–" : worded(value, data.unit)}`;
    });
    this.#told.textContent = `${when} UTC · ${said.join(" · ")}${data.unit === "%" ? "" : ` ${data.unit}`}`;
  }
}

/** A canvas does not know light-dark(): the browser resolves it for an element. */
function resolved(near: HTMLElement, colour: string): string {
  const probe = document.createElement("span");
  probe.style.color = colour;
  probe.hidden = true;
  near.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

customElements.define("equity-chart", EquityChart);
