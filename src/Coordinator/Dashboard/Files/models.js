import { command, Mistake, upload } from "./api.js";
import { archive, modelFiles } from "./archive.js";
import { el } from "./dom.js";
import { bytes } from "./format.js";
import { action } from "./parts.js";

/** Base models that a spec can name, and what can be done to them. */
export function modelCard(models, again) {
  return el("section", { class: "card", "data-key": "models" },
    el("div", { class: "head" }, el("h2", null, "Base models"), action("Add", () => ({
      title: "Add a base model", text: "Agents that lack it fetch it from the service, and check it.", verb: "Add",
      fields: [
        { name: "folder", label: "Folder", type: "folder", hint: "In Hugging Face's layout: config.json, weights in safetensors form, a tokenizer." },
        { name: "name", label: "Name", hint: "What specs call it; left out: the folder's name." }],
      act: async ({ folder, name }, tell) => {
        if (folder.length === 0) throw new Mistake("Choose the model's folder.");
        const packed = archive(await modelFiles(folder)), called = name || folder[0].webkitRelativePath.split("/")[0];
        const added = await upload(`/models?name=${encodeURIComponent(called)}`, packed, share => tell(share < 1 ? `${bytes(share * packed.size)} of ${bytes(packed.size)} are sent` : "sent; the service looks at it"));
        await again();
        return `added '${added.name}'`;
      },
    }))),
    models.length === 0 ? el("p", { class: "empty" }, "None.") : el("ul", { class: "lines" }, models.map(model => el("li", { "data-key": model.name }, el("div", { class: "head" }, el("strong", null, model.name),
      el("span", { class: "soft" }, [model.family, bytes(model.bytes), model.licence ? `licence in ${model.licence}` : "without a licence file", model.origin === "Added" ? "added" : "from its configuration"].join(", ")),
      model.origin !== "Added" ? null : action("Remove", () => ({
        title: `Remove the model '${model.name}'?`, text: "No new run can name it. Agents that have fetched it keep it.", verb: "Remove", dangerous: true,
        act: async () => { await command("DELETE", `/models/${encodeURIComponent(model.name)}`); await again(); return `removed '${model.name}'`; },
      }), "danger"))))));
}
