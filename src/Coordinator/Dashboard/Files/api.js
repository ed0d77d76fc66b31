// The service's API, with the operator's token. The token is kept for this tab alone, and goes nowhere but into a header.

const key = "edgeflora-token";

export class Problem extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `The service answered with ${status}.`);
    this.status = status;
    this.fix = problem?.fix;
    this.errors = problem?.errors ?? [];
  }
}

export class Unreachable extends Error {
  constructor() { super("The service cannot be reached; this page tries again by itself."); }
}

/** What was typed or chosen is wrong; the message says what would be right. */
export class Mistake extends Error {}

let onSignedOut = () => {};
export const whenSignedOut = act => { onSignedOut = act; };

export const token = () => sessionStorage.getItem(key);
export const keepToken = secret => secret ? sessionStorage.setItem(key, secret) : sessionStorage.removeItem(key);

function headers(more, secret) {
  const own = secret ?? token();
  return own ? { ...more, Authorization: `Bearer ${own}` } : more ?? {};
}

async function ask(path, options, secret) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, { ...options, cache: "no-store", credentials: "omit", headers: headers(options?.headers, secret) });
  } catch (failure) {
    if (failure.name === "AbortError") throw failure;
    throw new Unreachable();
  }
  if (response.ok) return response;
  const problem = new Problem(response.status, await response.json().catch(() => null));
  if (response.status === 401 && !secret) onSignedOut();
  throw problem;
}

export const get = async (path, signal) => (await ask(path, { signal })).json();

/** Who a token is; null: nobody that is known. */
export async function identify(secret) {
  try {
    return await (await ask("/me", {}, secret ?? token() ?? " ")).json();
  } catch (failure) {
    if (failure.status === 401) return null;
    throw failure;
  }
}

/** All parts of a list. */
export async function all(path, signal) {
  const items = [];
  let next = null;
  do {
    const page = await get(`${path}${path.includes("?") ? "&" : "?"}limit=500${next ? `&cursor=${encodeURIComponent(next)}` : ""}`, signal);
    items.push(...page.items);
    next = page.next;
  } while (next);
  return items;
}

/** A command. Its key makes a repeat of the same click the same command. */
export async function command(method, path, body, type = "application/json") {
  const content = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
  const response = await ask(path, {
    method, ...content, headers: { "Idempotency-Key": randomKey(), ...(body === undefined ? {} : { "Content-Type": type }) },
  });
  return response.status === 204 ? null : response.json();
}

/** Sends a blob, which may be large; tell hears which share of it is sent, 0 … 1. */
export function upload(path, blob, tell) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest(); // fetch does not say how far a body is sent
    request.open("POST", `/api/v1${path}`);
    for (const [name, value] of Object.entries(headers({ "Idempotency-Key": randomKey(), "Content-Type": blob.type }))) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = event => tell(event.loaded / blob.size);
    request.onerror = () => fail(new Unreachable());
    request.onload = () => {
      if (request.status === 401) onSignedOut();
      if (request.status >= 200 && request.status < 300) done(request.response);
      else fail(new Problem(request.status, request.response));
    };
    request.send(blob);
  });
}

/** Saves what a path gives as a file. */
export async function download(path, name) {
  const file = URL.createObjectURL(await (await ask(path)).blob());
  const link = document.createElement("a");
  link.href = file;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000);
}

/**
 * Follows events until they end or the signal: through fetch, for the browser's own reader can send no header. Resumes after the last event that it has seen.
 * tell(true) when connected, tell(false) when not; over() says whether a stream that ended was the last, for a service that is stopped ends streams too.
 */
export async function follow(path, take, tell, over, signal) {
  let last = 0;
  let pause = 500;
  while (!signal.aborted) {
    try {
      const response = await ask(path, { signal, headers: { Accept: "text/event-stream", "Last-Event-ID": String(last) } });
      tell(true);
      pause = 500;
      await read(response.body, message => {
        if (message.id) last = Number(message.id);
        take(JSON.parse(message.data));
      });
      if (await over()) return;
    } catch (failure) {
      if (signal.aborted || (failure instanceof Problem && failure.status !== 429 && failure.status < 500)) return;
      tell(false);
      await new Promise(done => setTimeout(done, pause * (0.5 + Math.random())));
      pause = Math.min(2 * pause, 15_000);
    }
  }
}

async function read(stream, take) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const message = {};
      for (const line of part.split("\n")) {
        const colon = line.indexOf(":");
        if (colon > 0) message[line.slice(0, colon)] = line.slice(colon + 1).trimStart();
      }
      if (message.data) take(message);
    }
  }
}

const randomKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, "0")).join("");
