import { identify, keepToken, token, whenSignedOut } from "./api.js";
import { el, show } from "./dom.js";
import { session, trouble } from "./parts.js";
import { signIn } from "./sign-in.js";
import * as agent from "./page-agent.js";
import * as agents from "./page-agents.js";
import * as compare from "./page-compare.js";
import * as overview from "./page-overview.js";
import * as run from "./page-run.js";
import * as runs from "./page-runs.js";
import * as service from "./page-service.js";
import * as submit from "./page-submit.js";

const routes = [
  [/^#?\/?$/, overview], [/^#\/runs$/, runs], [/^#\/runs\/new$/, submit], [/^#\/runs\/([0-9a-f-]+)$/, run], [/^#\/compare\/([0-9a-f-]+)\/([0-9a-f-]+)$/, compare],
  [/^#\/agents$/, agents], [/^#\/agents\/([^/]+)$/, agent], [/^#\/service$/, service],
];
const places = [["#/", "Overview"], ["#/runs", "Runs"], ["#/agents", "Agents"], ["#/service", "Service"]];
const themes = ["system", "light", "dark"];
const themeKey = "edgeflora-theme";
const bar = document.getElementById("bar"), content = document.getElementById("content");
let leaving = null;

function theme(chosen) {
  if (chosen) localStorage.setItem(themeKey, chosen);
  const kept = localStorage.getItem(themeKey) ?? "system";
  document.documentElement.dataset.theme = kept;
  return themes.includes(kept) ? kept : "system";
}

function drawBar() {
  const here = location.hash || "#/";
  show(bar, el("a", { class: "brand", href: "#/" }, el("img", { src: "/dashboard/icon.svg", alt: "", width: 26, height: 26 }), "EdgeFlora"),
    session.role ? el("nav", { "aria-label": "Main" }, places.map(([hash, name]) => el("a", { href: hash, "aria-current": (hash === "#/" ? here === "#/" : here.startsWith(hash)) ? "page" : null }, name))) : null,
    el("div", { class: "right" },
      el("label", { class: "theme" }, el("span", { class: "unseen" }, "Colours"), el("select", { onchange: event => { theme(event.target.value); drawBar(); } }, themes.map(name => el("option", { value: name, selected: theme() === name }, name)))),
      session.role ? el("span", { class: "who" }, session.open ? "trial" : `${session.name}, ${session.role === "Operate" ? "may operate" : "may view"}`) : null,
      session.role && !session.open ? el("button", { type: "button", onclick: () => leave() }, "Sign out") : null));
}

function leave(why) {
  leaving?.abort();
  keepToken(null);
  Object.assign(session, { role: null, name: null });
  drawBar();
  document.title = "Sign in – EdgeFlora";
  signIn(content, enter, why);
}

function enter(who) {
  Object.assign(session, { role: who.role, name: who.name, open: !token() });
  route();
}

function route() {
  if (!session.role) return;
  leaving?.abort();
  leaving = new AbortController();
  drawBar();
  for (const [pattern, page] of routes) {
    const found = location.hash.match(pattern);
    if (found) {
      document.title = `${page.title(found.slice(1))} – EdgeFlora`;
      const root = el("div", { class: "page" });
      content.replaceChildren(root);
      const signal = leaving.signal;
      Promise.resolve(page.open(root, found.slice(1), signal)).catch(failure => { if (!signal.aborted) show(root, trouble(failure)); }).finally(() => {
        if (!signal.aborted && !document.querySelector("dialog[open]")) root.querySelector("h1")?.focus({ preventScroll: true });
      });
      scrollTo(0, 0);
      return;
    }
  }
  content.replaceChildren(el("div", { class: "page" }, el("h1", { tabindex: -1 }, "There is no such page"), el("p", null, el("a", { href: "#/" }, "Back to the overview"))));
}

async function begin() {
  theme();
  drawBar();
  whenSignedOut(() => session.role && leave("Your token does not count any more: it was revoked."));
  window.addEventListener("hashchange", route);
  try {
    const who = await identify();
    if (who) enter(who);
    else leave();
  } catch (failure) {
    show(content, el("div", { class: "page" }, trouble(failure)));
    setTimeout(begin, 3000);
  }
}

document.querySelector(".skip").onclick = event => { event.preventDefault(); content.focus(); };
begin();
