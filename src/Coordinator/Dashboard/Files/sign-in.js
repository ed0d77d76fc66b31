import { identify, keepToken } from "./api.js";
import { el, show } from "./dom.js";
import { trouble } from "./parts.js";

/** Asks for the operator's token until one counts. */
export function signIn(root, done, why) {
  const input = el("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", "aria-describedby": "token-hint" });
  const problem = el("div");
  const go = el("button", { type: "submit", class: "primary" }, "Sign in");
  root.replaceChildren(el("form", { class: "card sign-in", onsubmit: submit },
    el("h1", { tabindex: -1 }, "Sign in"), why ? el("p", null, why) : null,
    el("div", { class: "field" }, el("label", { for: "token" }, "Operator token"), input,
      el("p", { class: "hint", id: "token-hint" }, "The first is in first-operator.token in the service's state folder; edgeflora tokens create makes others. It is kept until this tab is closed.")),
    problem, el("div", { class: "buttons" }, go)));
  input.focus();

  async function submit(event) {
    event.preventDefault();
    const secret = input.value.trim();
    if (!secret) return;
    go.disabled = true;
    try {
      const who = await identify(secret);
      if (who) {
        keepToken(secret);
        done(who);
      } else {
        show(problem, el("div", { class: "trouble", role: "alert" }, el("p", null, "This token does not count: it is misspelt, or was revoked.")));
        input.select();
      }
    } catch (failure) {
      show(problem, trouble(failure));
    } finally {
      go.disabled = false;
    }
  }
}
