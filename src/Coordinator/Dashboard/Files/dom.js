// Elements without markup in texts: the page's policy lets no text become one.

const handlers = ["onclick", "onchange", "oninput", "onsubmit", "onpointermove", "onpointerleave", "onkeydown", "ondragover", "ondrop"];

/** An element: attributes, "on…" handlers, and children, of which null and false are left out. */
export function el(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same in SVG. */
export function svg(tag, attributes, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === "") continue;
    node.append(child.nodeType ? child : document.createTextNode(String(child)));
  }
  return node;
}

// While a button is held down nothing is drawn: one that moves or turns into another before it is let go would not be clicked, or the wrong one would.
// Other things may keep the pointer's release to themselves, such as a list that opens.
let isPressed = false;
const kept = new Map();
window.addEventListener("pointerdown", event => { isPressed = event.button === 0 && Boolean(event.target.closest?.("button, a, summary")); }, { capture: true });
for (const end of ["pointerup", "pointercancel", "contextmenu", "blur"]) window.addEventListener(end, () => {
  isPressed = false;
  // A click follows the release: what it draws itself comes first.
  setTimeout(() => { for (const [container, wanted] of kept) show(container, ...wanted); });
}, { capture: true });

/**
 * Makes what is shown the same as what is wanted, changing as little as can be: focus, scrolling and what was typed stay.
 * While a button is held down it waits until that is let go; the last that is wanted of a container counts.
 */
export function show(container, ...wanted) {
  if (isPressed) {
    kept.set(container, wanted);
    return;
  }
  kept.delete(container);
  const holder = document.createDocumentFragment();
  for (const node of wanted.flat(Infinity)) if (node) holder.append(node);
  children(container, holder);
}

function children(old, fresh) {
  const keyed = new Map();
  for (const node of old.children) if (node.dataset?.key) keyed.set(node.dataset.key, node);
  let at = old.firstChild;
  for (const want of [...fresh.childNodes]) {
    const key = want.dataset?.key;
    let have = key ? keyed.get(key) : at;
    if (!key && have?.dataset?.key) have = null;
    if (have && have.nodeType === want.nodeType && have.nodeName === want.nodeName) {
      if (have === at) at = at.nextSibling;
      else old.insertBefore(have, at);
      adopt(have, want);
    } else {
      old.insertBefore(want, at);
      if (have && have === at && !key) {
        at = at.nextSibling;
        have.remove();
      }
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function adopt(have, want) {
  if (have.nodeType !== Node.ELEMENT_NODE) {
    if (have.data !== want.data) have.data = want.data;
    return;
  }
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name) && !(name === "open" && have.nodeName === "DETAILS") && name !== "style") have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  for (const handler of handlers) if (have[handler] !== want[handler]) have[handler] = want[handler];
  if (have.nodeName === "TEXTAREA") return;
  children(have, want);
}

/** Calls work at once and then every so often while the page is seen, until the signal. */
export function poll(work, milliseconds, signal) {
  let timer;
  const turn = async () => {
    clearTimeout(timer);
    if (signal.aborted) return;
    if (!document.hidden) await work();
    if (!signal.aborted) timer = setTimeout(turn, milliseconds);
  };
  const seen = () => { if (!document.hidden) turn(); };
  document.addEventListener("visibilitychange", seen, { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  return turn();
}
