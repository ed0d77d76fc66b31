// How figures, times and sizes are written.

const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];

export function span(seconds) {
  const positive = Math.max(0, seconds);
  const [name, size] = units.find(([, size]) => positive >= 1.5 * size) ?? units.at(-1);
  return `${Math.round(positive / size)} ${name}`;
}

export const ago = time => time ? `${span((Date.now() - new Date(time)) / 1000)} ago` : "never";

export const ahead = time => span((new Date(time) - Date.now()) / 1000);

export function moment(time) {
  if (!time) return "–";
  const at = new Date(time);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(undefined, today ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
}

export function bytes(count) {
  if (count === null || count === undefined) return "–";
  let value = count;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (value < 1000) return `${unit === "B" ? value : value.toPrecision(3)} ${unit}`;
    value /= 1000;
  }
  return `${value.toPrecision(3)} TB`;
}

/** Three digits that count. */
export function figure(value) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size < 1e-3 || size >= 1e5 ? value.toExponential(1).replace(".0", "") : String(Number(value.toPrecision(3)));
}

export const percent = value => value === null || value === undefined ? "–" : `${(100 * value).toFixed(1)} %`;

export const shortId = id => id.slice(0, 13);

export const plural = (count, what) => `${count} ${what}${count === 1 ? "" : "s"}`;

export const isOver = state => ["Completed", "Incomplete", "Failed", "Cancelled"].includes(state);

/** A version as people tell versions apart: with the beginning of its commit. */
export const version = text => text.replace(/\+([0-9a-f]{7})[0-9a-f]+$/, " ($1)");

/** The agent's labels in one line. */
export const labels = set => Object.entries(set ?? {}).sort().map(([key, value]) => `${key}=${value}`).join(", ");
