// The chart in the README: how many times faster than jose. Drawn by Observable Plot on a light DOM.
import { find } from "./summary.mjs";

/** The series, in the order of their bars. */
export const series = [
  { name: "touchstone", title: "Touchstone", colour: "--touchstone" },
  { name: "fast-jwt", title: "fast-jwt", colour: "--fast-jwt" },
  { name: "node:crypto", title: "node:crypto by hand", colour: "--node" },
];

const rows = [
  "ES256",
  "ES384",
  "ES512",
  "Ed25519",
  "RS256",
  "PS256",
  "ML-DSA-44",
  "ML-DSA-65",
  "ML-DSA-87",
  "HS256",
];

/**
 * What is drawn of a run: `[{ id, series, ratio }]`, ratio undefined for who does not verify the algorithm. An
 * algorithm without jose has nothing to be compared with and is left out.
 */
export function chartData(run) {
  return rows.flatMap((id) => {
    const { contenders } = find(run, "hot", id) ?? { contenders: {} };
    if (!contenders.jose) return [];
    return series.map(({ name }) => ({
      id,
      series: name,
      ratio: contenders[name]?.asJose?.median,
    }));
  });
}

const times = (ratio) => (ratio < 1 ? `1/${tidy(1 / ratio)}` : `${tidy(ratio)}`) + " ×";
const tidy = (value) => (value >= 9.95 ? value.toFixed(0) : String(Number(value.toFixed(1))));

const palette = {
  light: {
    "--back": "#ffffff",
    "--edge": "#d1d9e0",
    "--text": "#1f2328",
    "--soft": "#59636e",
    "--grid": "#e4e8ec",
    "--touchstone": "#b7791f",
    "--fast-jwt": "#7c93ad",
    "--node": "#b9c4d0",
  },
  dark: {
    "--back": "#0d1117",
    "--edge": "#3d444d",
    "--text": "#f0f6fc",
    "--soft": "#9198a1",
    "--grid": "#262c34",
    "--touchstone": "#e3b341",
    "--fast-jwt": "#6d8db0",
    "--node": "#566d86",
  },
};
const declare = (colours) =>
  Object.entries(colours)
    .map(([name, colour]) => `${name}: ${colour};`)
    .join(" ");

const width = 800;
const top = 92;
const escape = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** The chart as the text of an SVG file, which has both themes in it and a ground of its own. */
export async function drawChart(run) {
  const [Plot, { parseHTML }] = await Promise.all([
    import("@observablehq/plot"),
    import("linkedom"),
  ]);
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const data = chartData(run);
  const ids = rows.filter((id) => data.some((one) => one.id === id));
  const drawn = data.filter(({ ratio }) => ratio);
  const highest = Math.max(2, ...drawn.map(({ ratio }) => ratio));
  const lowest = Math.min(0.5, ...drawn.map(({ ratio }) => ratio));
  const domain = [lowest / 1.9, highest * 1.9]; // with room for the figures behind the bars
  const ticks = [1 / 100, 1 / 50, 1 / 20, 1 / 10, 1 / 5, 1 / 2, 1, 2, 5, 10, 20, 50, 100];
  const shown = ticks.filter((tick) => tick > domain[0] && tick < domain[1]);
  const colour = ({ series: name }) => `var(${series.find((one) => one.name === name).colour})`;
  const place = { fy: "id", y: "series" };
  const height = ids.length * 50 + 46;

  const plot = Plot.plot({
    document,
    width,
    height,
    marginLeft: 104,
    marginRight: 28,
    marginTop: 26,
    marginBottom: 20,
    x: { type: "log", domain, axis: null },
    y: { domain: series.map(({ name }) => name), axis: null, padding: 0.12 },
    fy: { domain: ids, axis: null, padding: 0.22 },
    color: { type: "identity" },
    marks: [
      Plot.gridX(shown, { stroke: "var(--grid)", strokeOpacity: 1 }),
      // Text and not an axis, which leaves out labels that it finds too many.
      Plot.text(shown, {
        x: (tick) => tick,
        text: (tick) => (tick === 1 ? "jose" : times(tick)),
        frameAnchor: "top",
        dy: -14,
        facetAnchor: "top",
        fill: "var(--soft)",
        fontSize: 12,
      }),
      Plot.axisFy({
        anchor: "left",
        fill: "var(--text)",
        fontSize: 14,
        label: null,
        tickPadding: 10,
      }),
      Plot.barX(drawn, { ...place, x1: 1, x2: "ratio", fill: colour, rx: 1.5 }),
      Plot.text(drawn, {
        ...place,
        x: "ratio",
        text: ({ ratio }) => times(ratio),
        textAnchor: "start",
        dx: 5,
        filter: ({ ratio }) => ratio >= 1,
        fill: "var(--text)",
        fontSize: 11.5,
      }),
      Plot.text(drawn, {
        ...place,
        x: "ratio",
        text: ({ ratio }) => times(ratio),
        textAnchor: "end",
        dx: -5,
        filter: ({ ratio }) => ratio < 1,
        fill: "var(--text)",
        fontSize: 11.5,
      }),
      Plot.text(
        data.filter(({ ratio }) => !ratio),
        {
          ...place,
          x: 1,
          text: () => "does not verify it",
          textAnchor: "start",
          dx: 5,
          fill: "var(--soft)",
          fontSize: 11,
        },
      ),
      Plot.ruleX([1], { stroke: "var(--text)", strokeWidth: 1.4 }),
    ],
  });
  plot.setAttribute("y", top);
  plot.querySelector("style")?.remove(); // made for pages; ours is below
  const legend = series.map(
    ({ title, colour: name }, index) =>
      `<g transform="translate(${[24, 130, 222][index]} 72)">` +
      `<rect y="-10" width="12" height="12" rx="2" fill="var(${name})"/><text x="18">${escape(title)}</text></g>`,
  );
  const full = top + height + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${full}" viewBox="0 0 ${width} ${full}" role="img" aria-labelledby="title">
<title id="title">Verifying a JWT: how many times faster than jose</title>
<style>
  :root { ${declare(palette.light)} }
  @media (prefers-color-scheme: dark) { :root { ${declare(palette.dark)} } }
  text { font-family: -apple-system, BlinkMacSystemFont, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; }
  .legend text { font-size: 13px; fill: var(--text); }
</style>
<rect x="0.5" y="0.5" width="${width - 1}" height="${full - 1}" rx="8" fill="var(--back)" stroke="var(--edge)"/>
<text x="24" y="32" font-size="18" font-weight="600" fill="var(--text)">Verifying a JWT: how many times faster than jose</text>
<text x="24" y="52" font-size="12.5" fill="var(--soft)">${escape(caption(run))}</text>
<g class="legend">${legend.join("")}</g>
${plot.outerHTML}
<text x="24" y="${full - 16}" font-size="12.5" fill="var(--soft)">${escape(footer(run, ids))}</text>
</svg>
`;
}

const caption = (run) =>
  `${run.runtime}; signature, exp, iss and aud; key loaded; tokens of 400 bytes. Logarithmic; to the right is faster.`;

function footer(run, ids) {
  const without = ["ES256K", "Ed448", ...rows].filter((id) => !ids.includes(id));
  return `jose does not verify, so not drawn: ${without.join(", ")}. All figures: npm run bench.`;
}
