import { el, svg } from "./dom.js";
import { figure, span } from "./format.js";

const left = 58, right = 14, top = 12, bottom = 28;

/** Round numbers that divide a range into about so many parts. */
function ticks(low, high, about) {
  const raw = (high - low) / about || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(size => size >= raw);
  const marks = [];
  for (let mark = Math.ceil(low / step) * step; mark <= high + step / 1e6; mark += step) marks.push(Number(mark.toPrecision(12)));
  return marks;
}

function decades(low, high) {
  const marks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) marks.push(10 ** power);
  return marks.filter((_, index) => index % Math.ceil(marks.length / 6) === 0);
}

/**
 * Lines over whole numbers. lines: [{ name, tone, values: [{ x, y }], dashed }]; y may be null.
 * Values that span more than a factor of a hundred are shown on a logarithmic scale.
 */
export function lineChart({ title, note, width, height = 220, lines, format = figure, xName = "round", zero = false }) {
  const known = lines.map(line => ({ ...line, values: line.values.filter(point => point.y !== null && Number.isFinite(point.y)) })).filter(line => line.values.length > 0);
  if (known.length === 0) return card(title, note, el("p", { class: "empty" }, "No figures yet."));
  const points = known.flatMap(line => line.values);
  const xs = [...new Set(points.map(point => point.x))].sort((a, b) => a - b);
  const positive = points.map(point => point.y).filter(y => y > 0);
  const logarithmic = positive.length === points.length && Math.max(...positive) / Math.min(...positive) > 100;
  let low = Math.min(...points.map(point => point.y)), high = Math.max(...points.map(point => point.y));
  if (zero && !logarithmic) low = Math.min(0, low);
  const marks = logarithmic ? decades(low, high) : ticks(low, high === low ? low + Math.max(Math.abs(low) * 0.1, 1e-3) : high, 4);
  low = Math.min(low, marks[0]);
  high = Math.max(high, marks.at(-1));
  const scale = logarithmic ? Math.log10 : value => value;
  const inner = { width: Math.max(60, width - left - right), height: height - top - bottom };
  const first = xs[0], last = xs.at(-1);
  const x = value => left + (last === first ? inner.width / 2 : (value - first) / (last - first) * inner.width);
  const y = value => top + inner.height - (scale(value) - scale(low)) / (scale(high) - scale(low) || 1) * inner.height;
  const stamps = ticks(first, Math.max(last, first), Math.max(2, Math.min(8, inner.width / 70))).filter(Number.isInteger);
  const drawing = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": spoken(title, known, format, xName) },
    marks.map(mark => svg("g", null,
      svg("line", { class: "grid", x1: left, x2: width - right, y1: y(mark), y2: y(mark) }),
      svg("text", { class: "tick", x: left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark).replace(/\.0(?=\D|$)/, "")))),
    stamps.map(stamp => svg("text", { class: "tick", x: x(stamp), y: height - 8, "text-anchor": "middle" }, stamp)),
    svg("line", { class: "cross", x1: -9, x2: -9, y1: top, y2: height - bottom }),
    known.map(line => [
      svg("polyline", { class: `curve ${line.tone}${line.dashed ? " dashed" : ""}`, points: line.values.map(point => `${x(point.x).toFixed(1)},${y(point.y).toFixed(1)}`).join(" ") }),
      line.values.length <= 40 ? line.values.map(point => svg("circle", { class: `dot ${line.tone}`, cx: x(point.x).toFixed(1), cy: y(point.y).toFixed(1), r: 2.6 })) : null,
    ]));
  drawing.onpointermove = moved => {
    const place = moved.clientX - moved.currentTarget.getBoundingClientRect().left;
    const near = xs.reduce((best, value) => Math.abs(x(value) - place) < Math.abs(x(best) - place) ? value : best);
    const cross = moved.currentTarget.querySelector(".cross");
    cross.setAttribute("x1", x(near));
    cross.setAttribute("x2", x(near));
    moved.currentTarget.closest("figure").querySelector(".readout").textContent =
      `${xName} ${near}: ${known.map(line => [line.name, line.values.find(point => point.x === near)]).filter(([, point]) => point).map(([name, point]) => `${name} ${format(point.y)}`).join(" · ")}`;
  };
  return card(title, note, legend(known), drawing, el("p", { class: "readout" }, `${xName} ${last}: ${known.map(line => `${line.name} ${format(line.values.at(-1).y)}`).join(" · ")}`), table(title, known, xs, format, xName));
}

/** Rows × columns of values from small (pale) to large (dark), on a logarithmic scale. */
export function heatMap({ title, note, width, rows, columns, value, format = figure, rowName, columnName }) {
  const cells = rows.map(row => columns.map(column => value(row, column)));
  const known = cells.flat().filter(one => Number.isFinite(one) && one > 0);
  if (known.length === 0) return card(title, note, el("p", { class: "empty" }, "No figures yet."));
  const low = Math.log10(Math.min(...known)), high = Math.log10(Math.max(...known));
  const level = one => one > 0 ? high === low ? 3 : Math.min(6, Math.floor((Math.log10(one) - low) / (high - low) * 7)) : 0;
  const margin = Math.min(230, width * 0.4), cell = { width: (width - margin - 8) / columns.length, height: 18 };
  const height = rows.length * cell.height + 26;
  const every = Math.ceil(28 / cell.width);
  return card(title, note,
    el("p", { class: "legend" }, `${format(10 ** low)} `, [0, 1, 2, 3, 4, 5, 6].map(step => el("span", { class: `swatch h${step}` })), ` ${format(10 ** high)}`),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${rows.length} ${rowName} by ${columns.length} ${columnName}, from ${format(10 ** low)} to ${format(10 ** high)}` },
      rows.map((row, i) => [
        svg("text", { class: "tick", x: margin - 8, y: i * cell.height + 13, "text-anchor": "end" }, row.length > margin / 6.6 ? `…${row.slice(-Math.floor(margin / 6.6))}` : row),
        columns.map((column, j) => cells[i][j] === null || cells[i][j] === undefined ? null : svg("rect", {
          class: `h${level(cells[i][j])}`, x: margin + j * cell.width, y: i * cell.height, width: Math.max(1, cell.width - 1), height: cell.height - 1,
        }, svg("title", null, `${row}, ${columnName} ${column}: ${format(cells[i][j])}`)))]),
      columns.map((column, j) => j % every === 0 ? svg("text", { class: "tick", x: margin + (j + 0.5) * cell.width, y: height - 6, "text-anchor": "middle" }, column) : null)));
}

const outcomes = { good: "its update counts", late: "late", refused: "refused", dropped: "dropped", again: "issued again" };

/** Who was at work when, and what went wrong: a row an agent. */
export function timeLine({ title, note, width, agents, elapsed, most = 24 }) {
  if (agents.length === 0) return card(title, note, el("p", { class: "empty" }, "No agent has been asked yet."));
  const chosen = [...agents].sort((a, b) => b.faults.length - a.faults.length || a.name.localeCompare(b.name)).slice(0, most).sort((a, b) => a.name.localeCompare(b.name));
  const margin = Math.min(130, width * 0.28), row = 22, height = chosen.length * row + 28;
  const x = ms => margin + ms / (elapsed || 1) * (width - margin - 12);
  const marks = ticks(0, elapsed / 1000, Math.max(2, Math.min(7, width / 110)));
  const crowd = agents.length - chosen.length;
  return card(title, crowd > 0 ? `${note} Shown are ${most} of ${agents.length} agents, those with faults first.` : note,
    el("p", { class: "legend" }, Object.entries(outcomes).slice(0, 4).map(([name, words]) => el("span", null, el("span", { class: `swatch work ${name}` }), ` ${words}`)), el("span", null, el("span", { class: "swatch work open" }), " at work"), el("span", null, "● fault")),
    svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}: ${chosen.map(agent => `${agent.name} ${agent.spans.length} tasks, ${agent.faults.length} faults`).join("; ")}` },
      marks.map(mark => svg("g", null, svg("line", { class: "grid", x1: x(1000 * mark), x2: x(1000 * mark), y1: 0, y2: height - 22 }), svg("text", { class: "tick", x: x(1000 * mark), y: height - 6, "text-anchor": "middle" }, span(mark)))),
      chosen.map((agent, i) => svg("g", null,
        svg("text", { class: "label", x: margin - 8, y: i * row + 15, "text-anchor": "end" }, agent.name.length > margin / 7 ? `${agent.name.slice(0, Math.floor(margin / 7))}…` : agent.name),
        agent.spans.map(work => svg("rect", { class: `work ${work.outcome ?? (work.end === null ? "open" : "dropped")}`, x: x(work.start), y: i * row + 4, rx: 3, width: Math.max(2, x(work.end ?? elapsed) - x(work.start)), height: row - 8 },
          svg("title", null, `${agent.name}, round ${work.round}: ${outcomes[work.outcome] ?? "at work"}, ${span(((work.end ?? elapsed) - work.start) / 1000)}`))),
        agent.faults.map(fault => svg("circle", { class: "pin", cx: x(fault.at), cy: i * row + 11, r: 4 }, svg("title", null, `${agent.name}: ${fault.text}`)))))));
}

function card(title, note, ...content) {
  return el("figure", { class: "card", "data-key": title }, el("figcaption", null, el("h3", null, title), note ? el("p", { class: "note" }, note) : null), content);
}

const legend = lines => el("p", { class: "legend" }, lines.map(line => el("span", null, el("span", { class: `stroke ${line.tone}${line.dashed ? " dashed" : ""}` }), ` ${line.name}`)));

const spoken = (title, lines, format, xName) => `${title}. ${lines.map(line => `${line.name}: from ${format(line.values[0].y)} at ${xName} ${line.values[0].x} to ${format(line.values.at(-1).y)} at ${xName} ${line.values.at(-1).x}`).join(". ")}`;

function table(title, lines, xs, format, xName) {
  return el("details", null, el("summary", null, "As a table"),
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `${title} as a table` }, el("table", null,
      el("thead", null, el("tr", null, el("th", { scope: "col" }, xName), lines.map(line => el("th", { scope: "col", class: "number" }, line.name)))),
      el("tbody", null, xs.slice(-200).map(x => el("tr", null, el("th", { scope: "row" }, x), lines.map(line => {
        const point = line.values.find(one => one.x === x);
        return el("td", { class: "number" }, point ? format(point.y) : "–");
      })))))));
}
