// Books that attack their reader: what an author wrote runs no script, reaches no other host and moves no page, under
// the policy that `serve` sends and on a plain host that sends none, where only what was written can hold.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Server, equal, program, serve, test } from "./lib.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const texts = (file) => JSON.parse(fs.readFileSync(path.join(here, "..", file), "utf8"));

/**
 * A vector as a block, in a line, in a cell, parted at each `>` and each blank. Each but the last stands in a block of
 * its own that it cannot leave, so that one that is never closed does not take the next with it.
 */
const shapes = (html) => [
  `Before ${html} behind`,
  html.replaceAll(">", ">\n"),
  html.replaceAll(" ", "\n"),
  html.replaceAll(">", ">\n\n"),
  html,
].map((text) => text.replace(/^/gm, "> ")).concat(
  `| a |\n| - |\n| ${html.replaceAll("|", "\\|").replaceAll("\n", " ")} |`,
  html,
).join("\n\n---\n\n");

/** What no page may hold, whatever was written; the rest of the list is told by the browser itself. */
export const FOREIGN = "iframe, frame, frameset, object, embed, applet, form, base, style, portal, fencedframe, svg script, math script, template";

// Texts that leave the place where they stand, if any is escaped for another place.
const BREAKERS = [
  `</title><script>window.__pwned=1</script>`, `</script><script>window.__pwned=1</script>`, `<!--<script>`, `--><img src=x onerror=alert(1)>`,
  `" onload="alert(1)" x="`, `' onerror='alert(1)`, `\u2028alert(1)\u2029`, `{{ 7 * 7 }}{% raw %}`, `]]><img src=x onerror=alert(1)>`, `</main><img src=x onerror=alert(1)>`,
];

class Hostile {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "benchbook-safety-"));
    this.root = path.join(this.folder, "book");
    this.site = path.join(this.folder, "site");
    this.chapters = [];
    // Of the addresses, only those that lead nowhere are errors: made mild, so that there are pages to look at.
    const quote = JSON.stringify(BREAKERS.join(" ")).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
    this.write("book.toml", `[book]\ntitle = ${quote}\nauthors = [${quote}]\ndescription = ${quote}\nsrc = "content"\n`
      + `\n[output.html]\nprint = { enable = true }\n\n[output.html.redirect]\n"/old.html" = "https://example.org/?\\"><script>alert(1)</script>"\n`
      + `\n[benchbook.lints]\nlink-broken = "allow"\nanchor-missing = "allow"\nscheme-not-allowed = "allow"\n`);
    this.write("content/x", "x");
  }
  write(file, text) {
    const at = path.join(this.root, file);
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, text);
  }
  edit(file, change) {
    const at = path.join(this.root, file);
    fs.writeFileSync(at, change(fs.readFileSync(at, "utf8")));
  }
  chapter(name, text) {
    this.chapters.push(name);
    this.write(`content/${name}.md`, text);
  }
  /** Lists the chapters, and builds them all: a page that is not made would prove nothing. */
  build() {
    this.write("content/SUMMARY.md", `# Summary\n\n${this.chapters.map((name) => `- [${name} ${escaped(BREAKERS[this.chapters.indexOf(name) % BREAKERS.length])}](${name}.md)\n`).join("")}`);
    const made = spawnSync(program, ["--root", this.root, "build", "--out", this.site], { encoding: "utf8", maxBuffer: 64 << 20 });
    if (made.status !== 0) throw new Error(`build failed: ${made.error ?? made.stderr.split("\n\n").filter((told) => told.startsWith("error")).join("\n")}`);
    const pages = fs.readdirSync(this.site, { recursive: true }).filter((file) => file.endsWith(".html"));
    for (const name of this.chapters) if (!pages.includes(`${name}.html`)) throw new Error(`${name} has no page`);
    return pages;
  }
  remove() { fs.rmSync(this.folder, { recursive: true, force: true }); }
}

const escaped = (text) => text.replace(/[\\`*_{}[\]<>()#+.!|&"'$~^:-]/g, "\\$&");

/** Addresses at which there is nothing, which is what the server then answers. */
const NOWHERE = ["%3Csvg%20onload=alert(1)%3E", "%3Cscript%3Ealert(1)%3C/script%3E", "a%22onload=%22alert(1)/%3Cimg%20src=x%20onerror=alert(1)%3E.html"];

/** The book of all vectors. */
function hostile() {
  const book = new Hostile();
  // A zero byte is no text, so such a file is no chapter.
  texts("raw-html.json").filter((html) => !html.includes("\0"))
    .forEach((html, n) => book.chapter(`v${n}`, `# Vector ${n}\n\n${shapes(html)}\n\nThe end.\n`));
  texts("schemes.json").filter((address) => !/[\0\x01]/.test(address)).forEach((address, n) => {
    book.chapter(`s${n}`, `# Scheme ${n}\n\n[a](<${address}>) [b](${address}) <${address}> [c] ![d](<${address}>) [^f] <a href="${address}">e</a>\n\n`
      + `| a |\n| - |\n| [g](<${address}>) |\n\n[c]: <${address}>\n[^f]: [h](<${address}>)\n`);
  });
  book.chapter("attributes", texts("attributes.json").join("\n\n") + "\n");
  BREAKERS.forEach((text, n) => {
    const toml = JSON.stringify(text);
    book.chapter(`t${n}`, `+++\ntitle = ${toml}\ndescription = ${toml}\n+++\n# ${escaped(text)}\n\n## ${escaped(text)}\n\n\`${text}\`\n\n\`\`\`rust title=${JSON.stringify(text.replaceAll('"', "'"))}\n${text}\n\`\`\`\n`);
  });
  return book;
}

/** Opens each of `paths` with scripts on, tries every event on every element, and gives what was wrong. */
async function attack(browser, url, paths, { policy }) {
  const context = await browser.newContext({ bypassCSP: false });
  const wrong = [];
  try {
    await context.addInitScript(() => {
      window.broken = [];
      document.addEventListener("securitypolicyviolation", (event) => window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    const page = await context.newPage();
    let at = "";
    const tell = (what) => wrong.push(`${at}: ${what}`);
    page.on("dialog", (dialog) => { tell(`a dialog: ${dialog.message()}`); dialog.dismiss().catch(() => {}); }); // Told; by then the page may have gone on and taken it along.
    page.on("console", (message) => { if (message.type() === "error" && !/status of 404/.test(message.text())) tell(message.text()); });
    page.on("pageerror", (error) => tell(String(error)));
    page.on("popup", () => tell("another window"));
    const host = new URL(url).host;
    await context.route("**", (route) => {
      const asked = route.request().url();
      if (new URL(asked).host === host || asked.startsWith("data:image/")) return route.continue();
      tell(`asked ${asked}`);
      return route.abort();
    });
    for (at of paths) {
      await page.goto(url + at);
      const found = await page.evaluate(inspect, FOREIGN);
      for (const what of found) tell(what);
      if (page.url() !== url + at) tell(`went to ${page.url()}`);
      if (page.frames().length !== 1) tell("a frame");
      if (policy) for (const what of await page.evaluate(() => window.broken)) tell(what);
    }
  } finally {
    await context.close();
  }
  return wrong;
}

/** Runs in the page: what stands in it that must not, and what an event on any element sets off. */
export function inspect(foreign) {
  const wrong = [], all = [...document.querySelectorAll("*")];
  for (const node of document.querySelectorAll(foreign)) wrong.push(`holds <${node.localName}>`);
  for (const node of all) {
    for (const { name, value } of node.attributes) {
      if (/^on|^style$|^srcdoc$|^formaction$|^ping$/.test(name)) wrong.push(`<${node.localName}> has ${name}`);
      const link = /^(href|src|action|data|poster|cite|background|xlink:href)$/.test(name);
      const bare = value.replace(/[\0-\x20]/g, "");
      if (link && /^[a-z][a-z0-9+.-]*:/i.test(bare) && !/^(https?|mailto|tel):/i.test(bare)) wrong.push(`<${node.localName} ${name}="${value}">`);
    }
  }
  const ours = /\/(assets|__benchbook)\//;
  for (const script of document.scripts) {
    if (!script.src || !ours.test(script.src) || script.textContent) wrong.push(`a script: ${script.outerHTML.slice(0, 200)}`);
  }
  if (document.querySelector("meta[http-equiv]")) wrong.push("a meta that acts");
  for (const name of ["body", "head", "currentScript", "documentElement", "scripts", "forms", "cookie"]) {
    if (Object.hasOwn(document, name)) wrong.push(`document.${name} is shadowed`);
  }
  if (!(document.body instanceof HTMLBodyElement) || document.querySelectorAll("main").length !== 1) wrong.push("the text is not where it was");
  const ids = all.map((node) => node.id).filter(Boolean);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.some((id) => document.querySelector("main").id === id)) wrong.push(`the id of <main> stands twice`);
  // A link would lead away, and a handler would have been seen above: these are the events that need no reader.
  for (const type of ["error", "load", "focus", "mouseover", "pointerover", "toggle", "animationstart", "begin", "slotchange"]) {
    for (const node of all) node.dispatchEvent(new Event(type));
  }
  if (window.__pwned) wrong.push("the canary is dead");
  return wrong;
}

/** Registers the cases. */
export function safety(browser, axe) {
  const made = (name, make, run) => test(name, async () => {
    const book = make();
    try {
      await run(book, book.build());
    } finally {
      book.remove();
    }
  });

  for (const [name, media] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["forced colours", { forcedColors: "active" }]]) {
    made(`what deceives in code is shown, turns nothing round, and copies as it was written: ${name}`, deceiving, async (book) => {
      const context = await browser.newContext({ ...media, bypassCSP: true });
      try {
        const page = await context.newPage();
        await page.goto(`file://${path.join(book.site, "a.html")}`);
        const seen = await page.evaluate(() => {
          const pre = document.querySelector("pre"), marks = [...pre.querySelectorAll("bdi")];
          getSelection().selectAllChildren(pre);
          const left = (text) => {
            const walk = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT), range = document.createRange();
            while (walk.nextNode()) {
              const at = walk.currentNode.data.indexOf(text);
              if (at < 0) continue;
              range.setStart(walk.currentNode, at);
              range.setEnd(walk.currentNode, at + text.length);
              return range.getBoundingClientRect().left;
            }
          };
          return {
            text: pre.textContent, copied: getSelection().toString(),
            shown: marks.map((mark) => getComputedStyle(mark, "::before").content), wide: marks.every((mark) => mark.offsetWidth > 5),
            inOrder: ["if", "isAdmin", "begin"].map(left).every((x, at, all) => at === 0 || x > all[at - 1]),
          };
        });
        equal(seen, { text: DECEIVING, copied: DECEIVING.trimEnd(), shown: ['"U+202E"', '"U+2066"', "none"], wide: true, inOrder: true }, "the code");
        await axe(page, "marked code");
      } finally {
        await context.close();
      }
    });
  }

  made("nothing that an author wrote runs under the policy of the server", hostile, async (book, pages) => {
    const server = await Server.start(book);
    try {
      equal(await attack(browser, server.url, [...pages.filter(stays), ...NOWHERE], { policy: true }), [], "wrongs");
    } finally {
      await server.stop();
    }
  });

  made("what runs in a book that trusts its authors is seen", trusting, async (book) => {
    const host = await serve(book.site);
    try {
      const wrong = (await attack(browser, host.url, ["a.html"], { policy: false })).join("\n");
      for (const part of ["a dialog: 1", "asked https://evil.example/", "holds <iframe>", "has onerror", "a script: ", "the canary is dead", "a frame"]) {
        if (!wrong.includes(part)) throw new Error(`"${part}" is not seen: ${wrong}`);
      }
    } finally {
      await host.stop();
    }
  });

  made("nothing that an author wrote runs on a host that sends no policy", hostile, async (book, pages) => {
    const host = await serve(book.site);
    try {
      equal(await attack(browser, host.url, pages.filter(stays), { policy: false }), [], "wrongs");
    } finally {
      await host.stop();
    }
  });
}

const DECEIVING = "if /*\u202e } \u2066*/ isAdmin { begin(pаss) }\n";

/** A book with code that is not what it seems. */
function deceiving() {
  const book = new Hostile();
  book.chapter("a", `# Deceit\n\n\`\`\`text\n${DECEIVING}\`\`\`\n\nInline \`a\u202eb\` and \`pаss\`.\n\n\`\`\`rust\n// ${"\u2067"}x\nlet pаss = "\u200b";\n\`\`\`\n`);
  return book;
}

/** A book that trusts its authors: what the cases look for must be seen in it. */
function trusting() {
  const book = new Hostile();
  book.edit("book.toml", (text) => text.replace("[benchbook.lints]", `[benchbook]\nraw-html = "all"\n\n[benchbook.lints]`));
  book.chapter("a", `# A\n\n<img src="x" onerror="alert(1)"><script>window.__pwned = 1</script>\n\n<iframe src="https://evil.example/"></iframe>\n`);
  return book;
}

/** The page of what has moved leads away, as it should. */
const stays = (at) => at !== "old.html";
