// The served pages in a browser: node run.mjs [WORD of a case's name]
//
// Needs a Chromium (CHROMIUM names it, else /usr/bin/chromium) and the program (BENCHBOOK names it, else target/debug).

import fs from "node:fs";
import { createRequire } from "node:module";
import { pages } from "./pages.mjs";
import { safety } from "./safety.mjs";
import { Book, Server, equal, launch, open, overlay, runAll, sleep, test, until } from "./lib.mjs";

const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await launch();

/** Runs a case with a book, a server and a context of its own. */
const live = (name, run) => test(name, async () => {
  const book = new Book(), server = await Server.start(book), context = await browser.newContext();
  try {
    await run({ book, server, context, at: (path) => server.url + path });
  } finally {
    await context.close();
    await server.stop();
    book.remove();
  }
});

const text = (page) => page.evaluate(() => document.querySelector("main").innerText.replaceAll("\u00a0", " "));
const shows = (page, words, limit) => until(`the page shows "${words}"`, async () => (await text(page)).includes(words), limit);
const nothingWrong = (page) => equal(page.wrong, [], "the page's complaints");

live("an edit patches the open page and keeps scroll, focus and open details", async ({ book, context, at }) => {
  const page = await open(context, at("long.html"));
  await page.click("article > details summary");
  await page.focus('main a[href="start.html"]');
  await page.evaluate(() => {
    scrollTo(0, 900);
    window.mark = "same page";
    document.querySelector("main p").kept = true;
  });
  const top = await page.evaluate(() => scrollY);
  book.edit("content/long.md", (text) => text.replace("Last words.", "Words that are new."));
  await shows(page, "Words that are new.");
  book.edit("content/long.md", (text) => text.replace("Paragraph 3 of", "The third of").replace("Paragraph 4 of", "The *fourth* of"));
  await shows(page, "The fourth of");
  equal(await page.evaluate(() => ({
    mark: window.mark, top: scrollY, focus: document.activeElement.textContent,
    open: document.querySelector("article > details").open, same: document.querySelector("main p").kept,
    button: document.querySelectorAll(".code .copy").length,
  })), { mark: "same page", top, focus: "A link to focus", open: true, same: true, button: 1 }, "after two edits");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("an edit of a title changes the title, the contents, and nothing else", async ({ book, context, at }) => {
  const page = await open(context, at("start.html"));
  book.edit("content/SUMMARY.md", (text) => text.replace("A long chapter", "Length"));
  await until("the contents show it", () => page.evaluate(() => document.querySelector("body > nav").textContent.includes("Length")));
  book.edit("content/start.md", (text) => text.replace("Start here", "Begin here"));
  await shows(page, "Begin here");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("the edit of a cell shows where it is cited", async ({ book, context, at }) => {
  const page = await open(context, at("start.html"));
  await shows(page, "24 GB");
  book.edit("content/data/cards.csv", (text) => text.replace("24", "25"));
  await shows(page, "25 GB");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("a style swaps without a reload, a script with one", async ({ book, context, at }) => {
  book.write("themes/default/assets/book.css", "body { margin: 1px; }");
  const page = await open(context, at("start.html"));
  const margin = () => page.evaluate(() => getComputedStyle(document.body).marginTop);
  await until("the first style", async () => await margin() === "1px");
  for (const size of ["2px", "3px"]) {
    book.write("themes/default/assets/book.css", `body { margin: ${size}; }`);
    await until(`the style ${size}`, async () => await margin() === size);
  }
  equal(page.loads, 1, "loads");
  equal(await page.evaluate(() => document.querySelectorAll("link[rel=stylesheet]").length), 1, "sheets");
  book.write("themes/default/assets/book.js", "document.documentElement.dataset.script = 'new';");
  await until("the new script ran", () => page.evaluate(() => document.documentElement.dataset.script === "new"));
  equal(page.loads, 2, "loads");
  nothingWrong(page);
});

live("a picture and a page with odd names are renewed", async ({ book, context, at }) => {
  const picture = (size) => `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"/>`;
  book.write("content/a & b/it's 100%.md", "# Odd\n\n![A square](<a @picture.svg>)\n\nOld words.\n");
  book.write("content/a & b/a @picture.svg", picture(10));
  book.edit("content/SUMMARY.md", (text) => `${text}- [Odd](<a & b/it's 100%25.md>)\n`);
  const address = at("a%20%26%20b/it's%20100%25.html");
  await until("the page is there", async () => (await fetch(address)).ok);
  const page = await open(context, address);
  await shows(page, "Old words.");
  const width = () => page.evaluate(() => document.querySelector("main img").naturalWidth);
  await until("the picture", async () => await width() === 10);
  book.write("content/a & b/a @picture.svg", picture(20));
  await until("the new picture", async () => await width() === 20);
  book.edit("content/a & b/it's 100%.md", (text) => text.replace("Old", "New"));
  await shows(page, "New words.");
  equal(await width(), 20, "the picture after a patch");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("an error shows over the page with its place, can be hidden, and goes when it is mended", async ({ book, context, at }) => {
  const page = await open(context, at("start.html"));
  const before = await text(page);
  const good = book.edit("content/start.md", (text) => `${text}\n[nowhere](nowhere.md)\n\n{{ cards.nothing.memory }}\n`);
  const said = await until("the overlay", () => overlay(page));
  for (const words of ["2 errors", "content/start.md:", "link-broken", "nowhere.md"]) {
    if (!said.includes(words)) throw new Error(`the overlay lacks "${words}": ${said}`);
  }
  equal(await text(page), before, "the last good page");
  await page.keyboard.press("Tab");
  await page.evaluate(() => document.querySelector("benchbook-overlay").shadowRoot.querySelector("aside button").click());
  equal(await overlay(page), "", "hidden");
  equal(await page.evaluate(() => document.querySelector("benchbook-overlay").shadowRoot.querySelector(".pill").innerText), "2 errors in the book", "the pill");
  book.write("content/start.md", `${good}\nMended.\n`);
  await shows(page, "Mended.");
  await until("the overlay is gone", async () => await overlay(page) === "");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("what an error quotes is text", async ({ book, context, at }) => {
  const page = await open(context, at("start.html"));
  page.on("dialog", (dialog) => { page.wrong.push("a dialog"); dialog.dismiss(); });
  book.edit("content/start.md", (text) => `${text}\n[a](<img src=x onerror=alert(1)>.md) [b](</script><script>alert(1)</script>.md)\n`);
  await until("the overlay", () => overlay(page));
  await sleep(200);
  equal(await page.evaluate(() => document.querySelector("benchbook-overlay").shadowRoot.querySelectorAll("img, script").length), 0, "elements");
  nothingWrong(page);
});

live("eight tabs are all patched", async ({ book, context, at }) => {
  const pages = [];
  for (let i = 0; i < 8; i++) pages.push(await open(context, at(i % 2 ? "start.html" : "long.html")));
  book.edit("content/long.md", (text) => text.replace("Last words.", "Long in eight tabs."));
  book.edit("content/start.md", (text) => `${text}\nStart in eight tabs.\n`);
  for (const [i, page] of pages.entries()) {
    await shows(page, i % 2 ? "Start in eight tabs." : "Long in eight tabs.");
    equal(page.loads, 1, "loads");
    nothingWrong(page);
  }
});

live("a folder that vanishes and comes back", async ({ book, context, at }) => {
  const page = await open(context, at("start.html"));
  const before = await text(page);
  fs.renameSync(book.path("content"), book.path("away"));
  await until("the overlay", () => overlay(page));
  equal(await text(page), before, "the last good page");
  fs.renameSync(book.path("away"), book.path("content"));
  await until("the overlay is gone", async () => await overlay(page) === "");
  await sleep(300);
  book.edit("content/start.md", (text) => `${text}\nBack again.\n`);
  await shows(page, "Back again.");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("a chapter that is deleted while it is open", async ({ book, context, at }) => {
  const page = await open(context, at("long.html"));
  const chapter = book.read("content/long.md"), summary = book.read("content/SUMMARY.md");
  fs.rmSync(book.path("content/long.md"));
  await until("the error", async () => (await overlay(page)).includes("SUMMARY.md"));
  await shows(page, "Last words.");
  book.edit("content/SUMMARY.md", (text) => text.replace("- [A long chapter](long.md)\n", ""));
  await until("the notice", async () => (await overlay(page)).includes("no longer part of the book"));
  await shows(page, "Last words.");
  equal((await fetch(at("long.html"))).status, 404, "status");
  book.write("content/SUMMARY.md", summary);
  book.write("content/long.md", `${chapter}\nRisen.\n`);
  await shows(page, "Risen.");
  await until("nothing is over the page", async () => await overlay(page) === "");
  equal(page.loads, 1, "loads");
  nothingWrong(page);
});

live("a page that is not there yet appears", async ({ book, context, at }) => {
  const page = await open(context, at("later.html"));
  book.write("content/later.md", "# Later\n\nHere now.\n");
  book.edit("content/SUMMARY.md", (text) => `${text}- [Later](later.md)\n`);
  await shows(page, "Here now.");
});

live("a save that is half written never shows", async ({ book, context, at }) => {
  const body = (word) => `+++\ntitle = "Half"\n+++\n# Half\n\n${"Filling. ".repeat(300)}\n\n\`\`\`rust\nfn ${word}() {}\n\`\`\`\n\nThe word is ${word}.\n`;
  book.write("content/long.md", body("zero"));
  const page = await open(context, at("long.html"));
  await shows(page, "The word is zero.");
  await page.evaluate(() => {
    window.seen = [];
    new MutationObserver(() => window.seen.push(document.querySelector("main").innerText.length > 2500)).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  for (const [round, cut] of [[1, 10], [2, 0], [3, 2000], [4, 2770]]) {
    const whole = body(`round${round}`), file = fs.openSync(book.path("content/long.md"), "w");
    fs.writeSync(file, whole.slice(0, cut));
    for (let i = 0; i < 15; i++) {
      await sleep(20);
      const served = await (await fetch(at("long.html"))).text();
      if (!/The word is \w+\./.test(served)) throw new Error(`a page of ${served.length} bytes, cut at ${cut}`);
    }
    fs.writeSync(file, whole.slice(cut));
    fs.closeSync(file);
    await shows(page, `The word is round${round}.`, 1000);
  }
  equal(await page.evaluate(() => window.seen.every(Boolean)), true, "every state of the page is whole");
  nothingWrong(page);
});

live("a server that goes and comes back", async ({ book, server, context, at }) => {
  const page = await open(context, at("start.html"));
  const port = server.port;
  await server.stop();
  await until("the notice", async () => (await overlay(page)).includes("server is gone"), 10000);
  book.edit("content/start.md", (text) => `${text}\nWhile it was away.\n`);
  const again = await Server.start(book, "--port", port);
  try {
    await shows(page, "While it was away.", 15000);
    await until("nothing is over the page", async () => await overlay(page) === "");
  } finally {
    await again.stop();
  }
});

live("another site cannot read, embed or listen", async ({ server, context, at }) => {
  const evil = await context.newPage();
  await evil.route("http://evil.example/**", (route) => route.fulfill({ contentType: "text/html", body: "<title>evil</title>" }));
  await evil.goto("http://evil.example/");
  equal(await evil.evaluate(async (url) => {
    const load = (name, address) => new Promise((done) => {
      const node = document.createElement(name);
      node.onload = () => done("loaded");
      node.onerror = () => done("refused");
      node.src = address;
      document.body.append(node);
    });
    const socket = (address) => new Promise((done) => {
      const socket = new WebSocket(address);
      socket.onopen = () => done("open");
      socket.onerror = () => done("refused");
    });
    return {
      script: await load("script", `${url}__benchbook/client.js`),
      image: await load("img", `${url}assets/favicon.svg`),
      fetch: await fetch(url).then(() => "read", () => "refused"),
      socket: await socket(`${url.replace("http", "ws")}__benchbook/live?token=0&page=/`),
    };
  }, server.url), { script: "refused", image: "refused", fetch: "refused", socket: "refused" }, "what another site gets");
});

for (const [name, media] of [["light", { colorScheme: "light" }], ["dark", { colorScheme: "dark" }], ["forced colours", { forcedColors: "active" }]]) {
  for (const width of [1280, 375]) {
    test(`axe finds nothing: ${name}, ${width} px`, async () => {
      const book = new Book(), server = await Server.start(book);
      const context = await browser.newContext({ ...media, viewport: { width, height: 800 }, bypassCSP: true });
      try {
        for (const path of ["index.html", "cards.html", "long.html", "contents.html", "not-there.html"]) {
          const page = await open(context, server.url + path);
          await axe(page, path);
        }
        const page = await open(context, `${server.url}start.html`);
        book.edit("content/start.md", (text) => `${text}\n[nowhere](nowhere.md)\n`);
        await until("the overlay", () => overlay(page));
        await axe(page, "the overlay");
      } finally {
        await context.close();
        await server.stop();
        book.remove();
      }
    });
  }
}

async function axe(page, what) {
  await page.evaluate(axeSource);
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await page.evaluate((tags) => axe.run(document, { runOnly: tags }), tags);
  const told = violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.target.join(" ")).join(", ")}`);
  equal(told, [], `axe on ${what}`);
}

pages(browser, axe);
safety(browser, axe);

const fine = await runAll(process.argv.slice(2));
await browser.close();
process.exit(fine ? 0 : 1);
