// Patches the open page when the book changes, and shows what is wrong with it.
//
// Three trees are compared: the page as it was served, as it is served now, and as it stands. Only what differs between
// the first two is changed in the third, so that what a reader did (scrolled, opened, typed) and what the theme's scripts
// added stays.

const doc = document;
const all = (selector, root = doc) => [...root.querySelectorAll(selector)];
const pathOf = (address) => {
  const url = new URL(address, doc.baseURI);
  if (url.origin !== location.origin) return url.href;
  try { return decodeURIComponent(url.pathname); } catch { return url.pathname; }
};
const renew = (address, version) => {
  const url = new URL(address, doc.baseURI);
  url.searchParams.set("v", version);
  return url.href;
};

// From each node of the page to the node that it was made from; scripts' own nodes have none.
const sources = new WeakMap();
const pair = (live, source) => {
  sources.set(live, source);
  live.childNodes.forEach((child, at) => pair(child, source.childNodes[at]));
};
const isServed = (node) => sources.has(node);
pair(doc.documentElement, doc.documentElement.cloneNode(true));

const sheets = (root) => all("link[rel=stylesheet]", root).map((link) => pathOf(link.getAttribute("href"))).join("\n");
const scripts = (root) => all("script", root).map((script) => script.outerHTML).join("\n");

// ---- The page itself

let tag = null, tells = 0;

const fetchPage = async () => {
  const mine = ++tells;
  let answer, text;
  try {
    answer = await fetch(location.pathname + location.search, { cache: "no-cache" });
    text = await answer.text();
  } catch {
    return; // The server is gone; the socket notices.
  }
  if (mine !== tells || !answer.ok) return;
  tag = answer.headers.get("etag");
  patch(new DOMParser().parseFromString(text, "text/html"));
};

const patch = (next) => {
  const was = sources.get(doc.documentElement);
  if (was.isEqualNode(next.documentElement)) return;
  if (scripts(was) !== scripts(next)) return location.reload();
  patchHead(next);
  patchAttributes(doc.documentElement, was, next.documentElement);
  patchAttributes(doc.body, was.querySelector("body"), next.body);
  const body = next.body.cloneNode(true);
  Idiomorph.morph(doc.body, body.childNodes, { morphStyle: "innerHTML", callbacks });
  sources.set(doc.documentElement, next.documentElement);
  sources.set(doc.body, next.body);
  doc.dispatchEvent(new CustomEvent("benchbook:patched"));
};

const coming = new WeakMap();
const callbacks = {
  beforeNodeMorphed(live, next) {
    const was = sources.get(live);
    if (was && was.isEqualNode(next)) return false;
    coming.set(live, next);
    return true;
  },
  afterNodeMorphed(live, next) { sources.set(live, next); },
  afterNodeAdded(node) { pair(node, node.cloneNode(true)); },
  beforeNodeRemoved: (node) => isServed(node) || node.nodeType !== Node.ELEMENT_NODE,
  beforeAttributeUpdated(name, live) {
    const was = sources.get(live), next = coming.get(live);
    return !was || !next || !was.getAttribute || was.getAttribute(name) !== next.getAttribute(name);
  },
};

const patchAttributes = (live, was, next) => {
  for (const name of new Set([...was.getAttributeNames(), ...next.getAttributeNames()])) {
    const value = next.getAttribute(name);
    if (value === was.getAttribute(name)) continue;
    if (value === null) live.removeAttribute(name); else live.setAttribute(name, value);
  }
};

const patchHead = (next) => {
  const isPlain = (node) => !node.matches("script, link[rel=stylesheet]");
  const wanted = [...next.head.children].filter(isPlain);
  for (const live of [...doc.head.children].filter((node) => isServed(node) && isPlain(node))) {
    const at = wanted.findIndex((node) => node.isEqualNode(sources.get(live)));
    if (at < 0) live.remove(); else wanted.splice(at, 1);
  }
  for (const node of wanted) doc.head.append(add(node));
  if (sheets(sources.get(doc.documentElement)) === sheets(next)) return;
  const old = all("link[rel=stylesheet]", doc.head).filter(isServed);
  for (const node of all("link[rel=stylesheet]", next.head)) doc.head.append(add(node));
  old.forEach((link) => link.remove());
};

const add = (node) => {
  const live = doc.importNode(node, true);
  pair(live, node.cloneNode(true));
  return live;
};

// ---- What the page shows beside its text

const swapSheet = (link, version) => {
  const next = link.cloneNode();
  next.href = renew(link.href, version);
  sources.set(next, sources.get(link));
  // The old sheet holds until the new one does: no moment without a style.
  next.addEventListener("load", () => link.remove());
  next.addEventListener("error", () => next.remove());
  link.after(next);
};

const swapSheets = (version, path) => {
  const links = all("link[rel=stylesheet]").filter((link) => isServed(link) && new URL(link.href).origin === location.origin);
  const same = links.filter((link) => path && pathOf(link.href) === path);
  // One that none names may be imported, or be a font or a picture of a style.
  for (const link of same.length ? same : links) swapSheet(link, version);
};

const swapAsset = (name, version) => {
  const path = `/${name}`;
  const uses = (attribute) => all(`[${attribute}]`).filter((node) => pathOf(node.getAttribute(attribute)) === path);
  const shown = uses("src");
  if (shown.some((node) => node.matches("script"))) return location.reload();
  const icons = uses("href").filter((node) => node.matches("link[rel~=icon]"));
  if (name.endsWith(".css")) return swapSheets(version, path);
  for (const node of shown) node.src = renew(node.src, version);
  for (const node of icons) node.href = renew(node.href, version);
  if (!shown.length && !icons.length && /\.(svg|png|jpe?g|gif|webp|avif|woff2?|ttf|otf)$/i.test(name)) swapSheets(version);
};

// ---- What is wrong

const overlay = (() => {
  const host = doc.createElement("benchbook-overlay"), root = host.attachShadow({ mode: "open" });
  const make = (name, text, className) => {
    const node = doc.createElement(name);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  };
  const button = (text, className, act) => {
    const node = make("button", text, className);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  };
  let ready = false, errors = [], notice = "", dismissed = "";

  const style = make("link"), panel = make("aside"), head = make("div", "", "head"), status = make("div");
  const heading = make("h2"), list = make("ul");
  const close = button("Hide", "", () => hide(true)), pill = button("", "pill", () => hide(false));
  style.rel = "stylesheet";
  style.href = "/__benchbook/overlay.css";
  style.addEventListener("load", () => { ready = true; draw(); });
  panel.setAttribute("aria-label", "Live preview");
  panel.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(true); });
  status.setAttribute("role", "status");
  list.tabIndex = 0;
  list.setAttribute("aria-label", "Errors");
  status.append(heading);
  head.append(status, close);
  panel.append(head, list);
  root.append(style, panel, pill);
  host.hidden = true;
  // At once, though there is nothing to show: its style must be there when the server is not.
  doc.body.append(host);

  const key = () => JSON.stringify([errors, notice]);
  const hide = (hidden) => {
    dismissed = hidden ? key() : "";
    draw();
    (hidden ? pill : close).focus();
  };
  const item = (error) => {
    const node = make("li"), text = make("p", error.message);
    if (error.at) node.append(make("code", error.at, "at"));
    if (error.code) text.append(" ", make("code", error.code, "code"));
    node.append(text);
    if (error.label) node.append(make("p", error.label, "label"));
    for (const help of error.help || []) node.append(make("p", help, "help"));
    return node;
  };
  const draw = () => {
    const hidden = dismissed === key();
    host.hidden = !ready || (!errors.length && !notice);
    panel.hidden = hidden;
    pill.hidden = !hidden;
    list.hidden = !errors.length;
    heading.textContent = notice || (errors.length === 1 ? "1 error in the book" : `${errors.length} errors in the book`);
    pill.textContent = heading.textContent;
    list.replaceChildren(...errors.map(item));
  };
  return {
    errors(found) { errors = found; draw(); },
    notice(text) { notice = text; draw(); },
  };
})();

// ---- The socket

// Whether this address ever gave a page, and whether it now gives none.
let seen = false, missing = false;
let tries = 0, first = true, socket = null;

const told = (message) => {
  if (message.problems) overlay.errors(message.problems);
  if (message.assets) swapSheets(String(Date.now()));
  if (message.asset) swapAsset(message.asset, message.hash);
  if (message.page === undefined) return;
  if (message.page === null) {
    // What stood here stays readable.
    if (seen) overlay.notice("This page is no longer part of the book");
    missing = true;
    return;
  }
  // The page of something that was not found holds nothing to keep.
  if (missing && !seen) return location.reload();
  overlay.notice("");
  seen = true;
  missing = false;
  if (tag !== `"${message.page}"`) fetchPage();
};

const connect = () => {
  const page = location.pathname.replaceAll("&", "%26");
  socket = new WebSocket(`ws://${location.host}/__benchbook/live?token=${TOKEN}&page=${page}`);
  socket.addEventListener("open", () => {
    tries = 0;
    if (!first) { overlay.notice(""); swapSheets(String(Date.now())); }
    first = false;
  });
  socket.addEventListener("message", (event) => told(JSON.parse(event.data)));
  socket.addEventListener("close", again);
};

const again = () => {
  socket = null;
  tries += 1;
  if (tries > 2) overlay.notice("The server is gone; the page is as it was");
  setTimeout(async () => {
    try {
      const script = await (await fetch("/__benchbook/client.js", { cache: "no-store" })).text();
      const token = /TOKEN = "([0-9a-f]+)"/.exec(script);
      // Another process: what it serves may differ in all, this script too.
      if (token && token[1] !== TOKEN) return location.reload();
      connect();
    } catch {
      again();
    }
  }, Math.min(5000, 200 * 2 ** Math.min(tries, 5)));
};

// A page that is left is kept whole by the browser only if it holds no socket.
addEventListener("pagehide", () => {
  if (!socket) return;
  socket.removeEventListener("close", again);
  socket.close();
});
addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
connect();
