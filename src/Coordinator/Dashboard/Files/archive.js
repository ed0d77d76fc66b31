// A model's folder as the archive that the service takes: a tar in ustar form, plain files in the ordinal order of their names, mode 644, of nobody, at time 0.

import { Mistake } from "./api.js";

const block = 512, mostBytes = 2 ** 33 - 1;
const weights = ".safetensors", index = "model.safetensors.index.json", single = "model.safetensors";
const names = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt", "merges.txt", "tokenizer.model", index];
const isText = name => /^(licen[sc]e|copying|notice|readme)[\w.-]{0,80}$/i.test(name);

/** The files of a chosen folder that make a model; the service says what is missing among them. */
export async function modelFiles(chosen) {
  // Files below the folder itself are not part of a model.
  const files = [...chosen].filter(file => (file.webkitRelativePath || file.name).split("/").length <= 2);
  if (!files.some(file => file.name === "config.json")) throw new Mistake("The folder has no config.json, so it is no folder of a model.");
  const listed = files.find(file => file.name === index);
  const shards = files.some(file => file.name === single) ? [single] : listed ? Object.values(JSON.parse(await listed.text()).weight_map ?? {}) : [];
  if (shards.length === 0) throw new Mistake(`The folder has neither ${single} nor ${index}; weights are read in safetensors form only.`);
  const missing = shards.find(shard => !files.some(file => file.name === shard));
  if (missing) throw new Mistake(`The folder lacks ${missing}, which its index names.`);
  return files.filter(file => file.name.endsWith(weights) ? shards.includes(file.name) : names.includes(file.name) || isText(file.name)).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Files as one archive; nothing of them is read before it is sent. */
export function archive(files) {
  const parts = [];
  for (const file of files) {
    if (file.size > mostBytes) throw new Mistake(`${file.name} has ${file.size} bytes; a file of a model has at most ${mostBytes}. Save the weights in shards.`);
    parts.push(header(file.name, file.size), file, new Uint8Array((block - file.size % block) % block));
  }
  return new Blob([...parts, new Uint8Array(2 * block)], { type: "application/x-tar" });
}

function header(name, size) {
  const bytes = new Uint8Array(block);
  const put = (at, text) => bytes.set(new TextEncoder().encode(text), at);
  const octal = (value, digits) => value.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, "0000644\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(0, 11)}\0`);
  put(148, "        ");
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${octal(bytes.reduce((sum, value) => sum + value, 0), 6)}\0 `);
  return bytes;
}
