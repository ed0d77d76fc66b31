import { el } from "./dom.js";

const kept = new Map();

/** What a table remembers while its page is shown anew: filter, order, page. */
export function tableState(key, order) {
  if (!kept.has(key)) kept.set(key, { filter: "", order, down: false, page: 0 });
  return kept.get(key);
}

/**
 * Rows in pages, so that a thousand cost no more than fifty. columns: [{ name, text(row), cell(row), kind, sort(row) }].
 * text is what the filter looks at; again() shows the page anew.
 */
export function pagedTable({ key, caption, rows, columns, state, again, rowKey, size = 50, empty }) {
  const words = state.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const found = words.length === 0 ? rows : rows.filter(row => {
    const all = columns.map(column => column.text?.(row) ?? "").join(" ").toLowerCase();
    return words.every(word => all.includes(word));
  });
  const by = columns.find(column => column.name === state.order);
  if (by) {
    const value = by.sort ?? by.text;
    found.sort((a, b) => compare(value(a), value(b)) * (state.down ? -1 : 1));
  }
  const pages = Math.max(1, Math.ceil(found.length / size));
  state.page = Math.min(state.page, pages - 1);
  const turn = by => { state.page += by; again(); };
  return el("section", { class: "table", "data-key": key },
    el("div", { class: "tools" },
      el("label", null, "Filter ", el("input", { type: "search", "data-key": `${key}-filter`, oninput: event => { state.filter = event.target.value; state.page = 0; again(); } })),
      el("span", { class: "soft" }, found.length === rows.length ? `${rows.length} in all` : `${found.length} of ${rows.length}`)),
    found.length === 0 ? el("p", { class: "empty" }, rows.length === 0 ? empty : "Nothing matches the filter.") : el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
      el("table", null,
        el("caption", { class: "unseen" }, caption),
        el("thead", null, el("tr", null, columns.map(column => el("th", { scope: "col", class: column.kind, "aria-sort": state.order === column.name ? state.down ? "descending" : "ascending" : null },
          el("button", { type: "button", class: "plain", onclick: () => { state.down = state.order === column.name && !state.down; state.order = column.name; again(); } }, column.name))))),
        el("tbody", null, found.slice(state.page * size, (state.page + 1) * size).map(row => el("tr", { "data-key": rowKey(row) }, columns.map(column => el("td", { class: column.kind }, column.cell?.(row) ?? column.text(row)))))))),
    pages > 1 ? el("nav", { class: "tools", "aria-label": `Pages of ${caption}` },
      el("button", { type: "button", disabled: state.page === 0, onclick: () => turn(-1) }, "Back"),
      el("span", { class: "soft" }, `page ${state.page + 1} of ${pages}`),
      el("button", { type: "button", disabled: state.page === pages - 1, onclick: () => turn(1) }, "Next")) : null);
}

function compare(a, b) {
  const missing = value => value === null || value === undefined || value === "";
  if (missing(a) || missing(b)) return missing(a) - missing(b);
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
}
