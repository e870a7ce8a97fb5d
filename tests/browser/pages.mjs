// The pages of the guide, as a reader gets them: the policy, accessibility, validity, weight, and every width.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Book, Server, equal, program, serve, test, until } from "./lib.mjs";
import { FOREIGN, inspect } from "./safety.mjs";

const guide = { root: path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..") };

// What a first visit may cost.
const MOST = { bytes: 40 << 10, requests: 6, script: 12 << 10 };

const media = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  "forced colours": { forcedColors: "active" },
};

/** Registers the cases; `axe` tests a page. */
export function pages(browser, axe) {
  const served = (name, run) => test(name, async () => {
    const server = await Server.start(guide);
    try {
      await run(server, await list(server.url));
    } finally {
      await server.stop();
    }
  });

  const built = (name, run) => test(name, async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "benchbook-pages-"));
    try {
      const made = spawnSync(program, ["--root", guide.root, "build", "--out", path.join(folder, "site")], { encoding: "utf8" });
      if (made.status !== 0) throw new Error(`build failed: ${made.error ?? made.stderr}`);
      await run(path.join(folder, "site"));
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });

  const within = async (options, run) => {
    const context = await browser.newContext(options);
    try {
      return await run(context);
    } finally {
      await context.close();
    }
  };

  served("the policy of the pages is sent, and no page breaks it", (server, paths) => within({}, async (context) => {
    await context.addInitScript(() => {
      window.broken = [];
      document.addEventListener("securitypolicyviolation", (event) => window.broken.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    for (const at of paths) {
      const policy = (await fetch(server.url + at)).headers.get("content-security-policy") ?? "";
      const wanted = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"];
      for (const part of wanted) {
        if (!policy.split("; ").includes(part)) throw new Error(`${at} is sent with the policy "${policy}", which lacks "${part}"`);
      }
      const page = await open(context, server.url + at);
      // A page that is not there is told in the console by the browser itself.
      const wrong = page.wrong.filter((text) => !/404/.test(text) || at !== "not-there.html").concat(await page.evaluate(inspect, FOREIGN));
      equal({ wrong, broken: await page.evaluate(() => window.broken) }, { wrong: [], broken: [] }, at);
      await page.close();
    }
  }));

  // Every page once, and those of each kind in all colours and at both widths.
  const kinds = ["start.html", "linux/install.html", "compare.html", "renting/prices.html", "contents.html", "not-there.html"];
  for (const [name, options] of Object.entries(media)) {
    for (const width of [1280, 375]) {
      served(`axe finds nothing in the guide: ${name}, ${width} px`, (server, paths) => {
        const all = name === "light" && width === 1280 ? paths : kinds;
        return within({ ...options, viewport: { width, height: 800 }, bypassCSP: true }, async (context) => {
          for (const at of all) {
            const page = await open(context, server.url + at);
            await axe(page, at);
            await page.close();
          }
        });
      });
    }
  }

  built("the Nu validator finds nothing", async (site) => {
    const java = spawnSync("java", ["-version"]);
    if (java.error) {
      console.log("skipped the Nu validator: java is missing (Debian's default-jre-headless)");
      return;
    }
    const jar = createRequire(import.meta.url).resolve("vnu-jar/build/dist/vnu.jar");
    // The docs show what the guide does not: tabs, steps, lines that are marked.
    const docs = path.join(path.dirname(site), "docs");
    const made = spawnSync(program, ["--root", path.join(guide.root, "docs"), "build", "--out", docs], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`build of the docs failed: ${made.error ?? made.stderr}`);
    const done = spawnSync("java", ["-jar", jar, "--skip-non-html", "--format", "json", "--exit-zero-always", site, docs],
      { encoding: "utf8", maxBuffer: 64 << 20 });
    const messages = JSON.parse(done.stderr).messages
      .map(({ url, lastLine, message, extract }) => `${path.relative(path.dirname(site), fileURLToPath(url))}:${lastLine}: ${message} (${extract?.trim()})`);
    if (messages.length) throw new Error(`${messages.length} messages:\n${messages.slice(0, 20).join("\n")}`);
  });

  built("a first visit is light, and nothing shifts", async (site) => {
    const server = await serve(site);
    try {
      const told = [];
      for (const width of [1280, 375]) {
        for (const at of ["start.html", "linux/install.html", "compare.html"]) {
          const got = await within({ viewport: { width, height: 800 } }, (context) => visit(context, server.url + at));
          if (width === 1280) told.push(`${at}: ${got.bytes} bytes in ${got.requests} requests, ${got.script} bytes of script`);
          equal(got.shift, 0, `shifts of ${at} at ${width} px`);
          for (const what of ["bytes", "requests", "script"]) {
            if (got[what] > MOST[what]) throw new Error(`${at}: ${got[what]} ${what}, more than ${MOST[what]}`);
          }
        }
      }
      console.log(told.map((line) => `        ${line}`).join("\n"));
    } finally {
      await server.stop();
    }
  });

  built("no page is wider than its window, from 320 px to 1920", (site) => within({}, async (context) => {
    const page = await context.newPage();
    const wide = [];
    for (const at of files(site)) {
      await page.goto(`file://${path.join(site, at)}`);
      for (const width of [320, 375, 768, 1100, 1280, 1920]) {
        await page.setViewportSize({ width, height: 800 });
        if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wide.push(`${at} at ${width} px`);
      }
    }
    equal(wide, [], "pages that scroll sideways");
  }));

  built("without scripts all of it is there, and the contents open", (site) =>
    within({ javaScriptEnabled: false, viewport: { width: 375, height: 800 } }, async (context) => {
      const page = await context.newPage();
      await page.goto(`file://${path.join(site, "linux/install.html")}`);
      const entry = page.locator("nav.contents a", { hasText: "Start here" });
      equal(await entry.isVisible(), false, "the contents before");
      await page.locator("nav.contents > details > summary").click();
      equal(await entry.isVisible(), true, "the contents after");
      await page.setViewportSize({ width: 1280, height: 800 });
      equal(await entry.isVisible(), true, "the contents in a wide window");
      equal(await page.locator(".toc a").first().isVisible(), true, "the contents of the page");
      equal(await page.locator("button:not(.number):visible").count(), 0, "buttons that do nothing");
    }));

  built("pages work from a folder, and on paper nothing is round them", (site) => within({}, async (context) => {
    const page = await context.newPage();
    const wrong = [];
    page.on("console", (message) => { if (message.type() === "error") wrong.push(message.text()); });
    page.on("pageerror", (error) => wrong.push(String(error)));
    // The page for what is not found stands at any address, so it alone is not relative.
    const all = files(site).filter((at) => at !== "404.html");
    for (const at of all) await page.goto(`file://${path.join(site, at)}`);
    await page.goto(`file://${path.join(site, "compare.html")}`);
    equal(wrong, [], "complaints");
    await page.emulateMedia({ media: "print" });
    for (const part of [".head", ".contents", ".toc", "footer"]) {
      equal(await page.locator(part).first().isVisible(), false, `${part} on paper`);
    }
    const cut = await page.evaluate(() => [...document.querySelectorAll(".scroll")].filter((box) => getComputedStyle(box).overflowX !== "visible").length);
    equal(cut, 0, "tables that are cut on paper");
  }));

  test("a number opens its receipt by keyboard, with scripts and without, and receipts say what they should", async () => {
    const book = { root: path.join(guide.root, "tests/books/numbers/book") };
    const server = await Server.start(book);
    try {
      for (const javaScriptEnabled of [false, true]) {
        await within({ javaScriptEnabled, bypassCSP: true, viewport: { width: 375, height: 800 } }, async (context) => {
          const page = await open(context, `${server.url}compare.html`);
          page.on("dialog", (dialog) => page.wrong.push(`dialog ${dialog.message()}`));
          const number = page.locator("button.number", { hasText: "127.7" }).first(), receipt = page.locator(".receipt:popover-open");
          equal(await receipt.count(), 0, "receipts before");
          await number.focus();
          await page.keyboard.press("Enter");
          equal((await receipt.innerText()).includes("95\u00a0% interval 127.26 to 128.22"), true, "the interval in the receipt");
          const box = await receipt.boundingBox();
          equal(box.x >= 0 && box.x + box.width <= 375, true, "the receipt is in the window");
          if (javaScriptEnabled) await axe(page, "a receipt that is open");
          await page.keyboard.press("Tab");
          equal(await receipt.locator("a:focus").count(), 1, "the focus goes on into the receipt");
          await page.keyboard.press("Escape");
          equal(await receipt.count(), 0, "receipts after");
          await number.click();
          await receipt.locator("a", { hasText: "machine, software" }).click();
          equal(page.url().endsWith("numbers/llama3-8b-q4/rtx-4090.html#tg1024"), true, `the link of the receipt: ${page.url()}`);
          for (const at of ["numbers/llama3-8b-q4/rtx-4090.html", "numbers/step/rtx-4090.html", "numbers/index.html", "numbers/accelerators.html", "numbers/text.html", "table.html"]) {
            await page.goto(server.url + at);
            if (javaScriptEnabled) await axe(page, at);
          }
          if (javaScriptEnabled) {
            await page.goto(`${server.url}numbers/index.html`);
            const names = () => page.locator("tbody th[scope=row]").allTextContents(), before = await names();
            await page.locator("th[data-column='what'] > .sort").click();
            const after = await names();
            equal([after.length, after[0] <= after.at(-1)], [before.length, true], "the list of all numbers, sorted by what they are of");
          }
          equal(page.wrong, [], "complaints");
        });
      }
      await within({}, async (context) => {
        const page = await open(context, `${server.url}compare.html`);
        await page.emulateMedia({ media: "print" });
        equal(await page.locator(".receipt").first().isVisible(), true, "receipts on paper");
        const after = await page.locator("button.number").first().evaluate((number) => getComputedStyle(number, "::after").content);
        equal(after.includes("["), true, "the number of the receipt on paper");
      });
    } finally {
      await server.stop();
    }
  });

  test("tabs are a row that the arrows move in, and stay one when the page is patched", async () => {
    const book = new Book();
    book.write("content/long.md", "# Long\n\n" + "::: tabs\n::: tab Linux\nUse apt.\n:::\n::: tab Mac\nUse brew.\n:::\n:::\n\n".repeat(2) + "Last.\n");
    const server = await Server.start(book);
    try {
      await within({ bypassCSP: true }, async (context) => {
        const page = await open(context, `${server.url}long.html`);
        const shown = () => page.locator(".tab:visible").allInnerTexts();
        equal(await shown(), ["Use apt.", "Use apt."], "at first");
        await page.locator("[role=tab]").first().focus();
        await page.keyboard.press("ArrowRight");
        equal(await shown(), ["Use brew.", "Use brew."], "after an arrow: every row of the page");
        await axe(page, "tabs");
        book.edit("content/long.md", (text) => text.replace("Last.", "Now it is new.").replaceAll("brew.", "brew, or port."));
        await until("the page shows it", () => page.locator("main").innerText().then((text) => text.includes("Now it is new.")));
        equal(await shown(), ["Use brew, or port.", "Use brew, or port."], "after a patch");
        equal(await page.locator("[role=tab]").count(), 4, "tabs after a patch");
        await page.reload();
        equal(await shown(), ["Use brew, or port.", "Use brew, or port."], "the choice is kept");
        equal(page.wrong, [], "complaints");
      });
    } finally {
      await server.stop();
      book.remove();
    }
  });

  // A book of one long chapter, built into a folder and opened from there.
  const chapter = (name, text, options, run) => test(name, async () => {
    const book = new Book();
    try {
      book.write("content/long.md", text);
      const rows = Array.from({ length: 60 }, (_, i) => `m-${i},Machine number ${i},${i},${i * 3},${i % 7},${1000 + i}`);
      book.write("content/data/machines.csv", `id,name,memory-of-it,bandwidth-of-it,power-of-it,price-at-launch\n${rows.join("\n")}\n`);
      const made = spawnSync(program, ["--root", book.root, "build"], { encoding: "utf8" });
      if (made.status !== 0) throw new Error(`build failed: ${made.error ?? made.stderr}`);
      await within(options, async (context) => {
        const page = await open(context, `file://${book.path("site/long.html")}`);
        await run(page);
        equal(page.wrong, [], "complaints");
      });
    } finally {
      book.remove();
    }
  });

  const table = "# Long\n\n```table\nfrom = \"machines\"\n```\n\n" + "Words.\n\n".repeat(60);
  const places = (page) => page.evaluate(() => {
    const top = (selector) => Math.round(document.querySelector(selector).getBoundingClientRect().top);
    const box = document.querySelector(".scroll");
    return { bar: Math.round(document.querySelector(".head").getBoundingClientRect().bottom), head: top(".scroll thead th"), down: box.scrollTop, tall: box.clientHeight > innerHeight };
  });
  for (const [what, options] of Object.entries({
    "fits in the page": { viewport: { width: 1280, height: 600 } },
    "is wider than the page": { viewport: { width: 375, height: 600 } },
    "is wider than the page, without scripts": { viewport: { width: 375, height: 600 }, javaScriptEnabled: false },
  })) {
    chapter(`the page scrolls a long table, whose head stays: one that ${what}`, table, options, async (page) => {
      for (const y of [400, 1000]) {
        // Without scripts the page takes no word from us but keys and the wheel.
        await page.mouse.move(200, 300);
        await page.mouse.wheel(0, y);
        await until("the head stands under the bar", async () => {
          const { bar, head, down, tall } = await places(page);
          return Math.abs(head - bar) <= 1 && down === 0 && tall;
        });
      }
      // The first column stays when the table is scrolled sideways.
      const left = await page.evaluate(() => {
        const box = document.querySelector(".scroll");
        box.scrollLeft = 80;
        return document.querySelector("tbody th").getBoundingClientRect().left - box.getBoundingClientRect().left;
      });
      equal(Math.round(left), 1, "where the first column is");
    });
  }

  // Ties, values that are missing, letters beyond those that two bytes hold, numbers that differ in their last digits.
  const sorted = {
    csv: "id,name,size,rate,seen,year,new,kind\n"
      + "a,Ångström,10,0.1,2024-03-01,1999,true,x\nb,zeta,9,0.30000000000000004,,2005,false,y\nc,Zeta,,0.3,2023-12-31,2005,true,x\n"
      + "d,\u{1f600} face,10,-5,2024-03-01,,false,\ne,\uff21 wide,1e2,1e-3,2024-02-29,0987,,y\nf,alpha,100,0.30,2024-03-01,2001,true,x\n",
    schema: "primaryKey = 'id'\n[[fields]]\nname = 'size'\ntype = 'number'\nunit = 'GB'\nbetter = 'lower'\n[[fields]]\nname = 'rate'\ntype = 'number'\n"
      + "[[fields]]\nname = 'seen'\ntype = 'date'\n[[fields]]\nname = 'year'\ntype = 'year'\n[[fields]]\nname = 'new'\ntype = 'boolean'\n",
    block: (more) => "```table\nfrom = 'odd'\nid = 'odd'\ncolumns = ['name', 'size', 'rate', 'seen', 'year', 'new', 'kind', "
      + `{ name = 'third', value = 'rate / 3', unit = '%' }, { name = 'of', label = 'Of all', value = 'rate / size' }]\n${more}\n\`\`\`\n`,
  };
  const keys = (page) => page.locator("figure.table tbody tr:visible").evaluateAll((rows) => rows.map((row) => row.dataset.key).join(""));
  const withTable = (name, chapters, options, run) => test(name, async () => {
    const book = new Book();
    try {
      book.write("content/data/odd.csv", sorted.csv);
      book.write("content/data/odd.schema.toml", sorted.schema);
      for (const [file, text] of Object.entries(chapters)) {
        book.write(`content/${file}.md`, `# ${file}\n\n${text}`);
        book.edit("content/SUMMARY.md", (text) => `${text}- [${file}](${file}.md)\n`);
      }
      const made = spawnSync(program, ["--root", book.root, "build"], { encoding: "utf8" });
      if (made.status !== 0) throw new Error(`build failed: ${made.error ?? made.stderr}`);
      await within(options, async (context) => {
        const page = await open(context, `file://${book.path("site/plain.html")}`);
        await run(page, (file) => `file://${book.path(`site/${file}.html`)}`, book);
        equal(page.wrong, [], "complaints");
      });
    } finally {
      book.remove();
    }
  });

  const names = ["name", "size", "rate", "seen", "year", "new", "kind", "third", "of"];
  const orders = names.flatMap((name) => [name, `-${name}`]);
  const all = Object.fromEntries(orders.map((by, at) => [`by${at}`, sorted.block(`sort = '${by}'`)]));
  withTable("what the script sorts equals what the build sorts, each column both ways", { plain: sorted.block(""), ...all }, {}, async (page, at) => {
    const author = await keys(page), wanted = {}, over = {};
    for (const [place, by] of orders.entries()) {
      await page.goto(at(`by${place}`));
      wanted[by] = await keys(page);
      // From the order of another column the data's own order of what is equal comes back.
      await page.locator("th[data-column='rate'] > .sort").click();
      over[by] = await keys(page);
    }
    equal(over, Object.fromEntries(orders.map((by) => [by, wanted["-rate"]])), "by one column over another");
    await page.goto(at("plain"));
    const got = {};
    for (const name of names) {
      const button = page.locator(`th[data-column='${name}'] > .sort`);
      for (let i = 0; i < 2; i++) {
        await button.click();
        const by = new URLSearchParams(await page.evaluate(() => location.search)).get("odd.sort");
        got[by] = await keys(page);
        equal(await page.locator("th[aria-sort]").evaluateAll((heads) => heads.map((head) => [head.dataset.column, head.getAttribute("aria-sort")])),
          [[name, by.startsWith("-") ? "descending" : "ascending"]], "aria-sort");
      }
      await button.click();
      equal(await keys(page), author, `the author's order after ${name}`);
      equal(await page.evaluate(() => location.search), "", "the address");
    }
    equal(Object.fromEntries(orders.map((by) => [by, got[by]])), Object.fromEntries(orders.map((by) => [by, wanted[by]])), "orders");
  });
  withTable("a table is filtered and compared, the address holds it, and nothing moves", { plain: `${sorted.block("")}\nAfter.\n` }, { viewport: { width: 1280, height: 900 } }, async (page, at) => {
    const count = () => page.locator("figure.table output").innerText();
    await page.locator("figure.table summary").click();
    await page.getByLabel("kind").selectOption("x");
    equal(await keys(page), "acf", "of one kind");
    await page.getByLabel("Find").fill("ZETA");
    equal([await keys(page), await count()], ["c", "1 of 6 rows."], "found");
    await page.getByLabel("Find").fill("");
    await page.getByLabel("Ratios to").selectOption("f");
    equal(await page.locator("td:nth-child(2):visible").allInnerTexts(), ["0.10×", "not recorded", "1.00×"], "ratios of the size");
    await page.locator("th[data-column='size'] > .sort").click();
    equal([await keys(page), await count()], ["afc", "Sorted by size, ascending. 3 of 6 rows. Ratios to alpha."], "sorted by what the build printed");
    const address = await page.evaluate(() => location.search);
    await page.goto(at("plain") + address);
    equal([await keys(page), await count()], ["afc", "Sorted by size, ascending. 3 of 6 rows. Ratios to alpha."], "what a colleague sees");
    await page.getByRole("button", { name: "Reset" }).click();
    equal([await keys(page), await page.evaluate(() => location.search)], ["abcdef", ""], "after a reset");
    equal(await page.locator("td:nth-child(2) data").allInnerTexts(), ["10", "9", "10", "100", "100"], "the numbers again");
    // What is in the address is text.
    await page.goto(`${at("plain")}?odd.find=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&odd.sort=nowhere&odd.base=__proto__&odd.only.none=1`);
    equal(await page.locator("figure.table img").count(), 0, "markup from the address");
    await page.goto(at("plain"));
    const shift = await page.evaluate(() => new Promise((done) => {
      new PerformanceObserver((list) => done(list.getEntries().length)).observe({ type: "layout-shift", buffered: true });
      setTimeout(() => done(0), 300);
    }));
    equal(shift, 0, "shifts");
  });

  test("a table that a reader sorted stays so when the page is patched", async () => {
    const book = new Book();
    book.write("content/data/odd.csv", sorted.csv);
    book.write("content/data/odd.schema.toml", sorted.schema);
    book.write("content/long.md", `# Long\n\n${sorted.block("")}\nLast.\n`);
    const server = await Server.start(book);
    try {
      await within({ bypassCSP: true }, async (context) => {
        const page = await open(context, `${server.url}long.html`);
        await page.locator("th[data-column='size'] > .sort").click();
        await page.locator("figure.table summary").click();
        await page.getByLabel("Ratios to").selectOption("b");
        equal(await keys(page), "badefc", "before");
        await axe(page, "a table in use");
        book.edit("content/data/odd.csv", (text) => text.replace("d,\u{1f600} face,10,", "d,\u{1f600} face,1,"));
        book.edit("content/long.md", (text) => text.replace("Last.", "Now it is new."));
        await until("the page shows it", () => page.locator("main").innerText().then((text) => text.includes("Now it is new.")));
        await until("the new order", async () => await keys(page) === "dbaefc");
        equal(await page.locator("td:nth-child(2) data").allInnerTexts(), ["0.1×", "1×", "1×", "10×", "10×"], "ratios");
        equal([await page.locator("th > .sort").count(), await page.locator("figure.table select").count()], [9, 5], "what the script added");
        equal(page.wrong, [], "complaints");
      });
    } finally {
      await server.stop();
      book.remove();
    }
  });

  withTable("without scripts a table is whole, without a button that does nothing", { plain: sorted.block("sort = '-size'") }, { javaScriptEnabled: false }, async (page) => {
    equal(await page.locator("figure.table tbody tr:visible").count(), 6, "rows");
    equal([await page.locator("figure.table button:visible").count(), await page.locator(".tools").isVisible()], [0, false], "buttons");
  });

  const code = "# Long\n\n"
    + "```console\n$ make all \\\n    fast\nmaking\n\nmade\n# make install\n```\n\n"
    + "```rust diff\n fn main() {\n-    old();\n+    new();\n }\n```\n\n"
    + "```rust linenos\n# use std::fs;\nfn main() {}\n```\n";
  chapter("what is copied of code is what a reader wants to run", code, { permissions: ["clipboard-read", "clipboard-write"] }, async (page) => {
    await page.evaluate(() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; });
    const copy = async (n) => {
      await page.locator(".code > .copy").nth(n).click();
      return page.evaluate(() => window.copied);
    };
    equal(await copy(0), "make all \\\n    fast\nmake install\n", "of a session");
    equal(await copy(1), "fn main() {\n    new();\n}\n", "of a change");
    equal(await copy(2), "fn main() {}\n", "while a line is hidden");
    await page.locator(".reveal").click();
    equal(await copy(2), "use std::fs;\nfn main() {}\n", "while it is shown");
  });

  const wide = `# Long\n\n$$ ${Array.from({ length: 40 }, (_, i) => `x_{${i}}`).join(" + ")} $$\n\n$$ a + b + c + d + e + f + g + h $$\n\n`
    + "| a | b |\n| --- | --- |\n| c | `--some-long-option` |\n";
  for (const [scripts, javaScriptEnabled] of [["with", true], ["without", false]]) {
    chapter(`a formula that is wider than the page is reached by keyboard, ${scripts} scripts`, wide, { javaScriptEnabled, viewport: { width: 375, height: 800 } }, async (page) => {
      const first = page.locator(".formula").first();
      await first.focus();
      await page.keyboard.press("ArrowRight");
      await until("it scrolls", () => first.evaluate((box) => box.scrollLeft > 0));
      equal(await first.evaluate((box) => box === document.activeElement), true, "the focus");
      equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "the page stays");
      // What fits is a stop only where no script can tell that it does.
      if (javaScriptEnabled) await until("no stop at what fits", () => page.locator(".formula").last().evaluate((box) => !box.hasAttribute("tabindex")));
      equal(await page.locator("td code").evaluate((code) => code.getClientRects().length), 1, "lines of a word of code in a table");
    });
  }

  chapter("on a phone the contents open over the page, from where it is", table, { viewport: { width: 375, height: 600 } }, async (page) => {
    await page.evaluate(() => scrollTo(0, 900));
    // By its place: a locator would scroll to it first.
    const { x, y, width } = await page.locator("nav.contents > details > summary").boundingBox();
    await page.mouse.click(x + width / 2, y + 28);
    const entry = page.locator("nav.contents a").first();
    equal(await entry.isVisible(), true, "the contents");
    equal(await page.evaluate(() => scrollY), 900, "the page");
    await page.keyboard.press("Escape");
    equal(await entry.isVisible(), false, "the contents after Esc");
    equal(await page.evaluate(() => document.activeElement.tagName), "SUMMARY", "the focus after Esc");
  });

  const folded = "# Long\n\n::: tabs\n::: tab Linux\nUse apt.\n:::\n::: tab Mac\nUse brew.\n:::\n:::\n\n::: details Why\nSo it is.\n:::\n\n"
    + ["One", "Two", "Three"].map((title) => `## ${title}\n\n${"Words.\n\n".repeat(30)}`).join("");
  chapter("on paper everything that can be opened is open", folded, {}, async (page) => {
    const seen = () => page.evaluate(() => ["Use brew.", "So it is."].filter((text) => document.querySelector("main").innerText.includes(text)));
    equal(await seen(), [], "what is seen on a screen");
    await page.emulateMedia({ media: "print" });
    equal(await seen(), ["Use brew.", "So it is."], "what is seen on paper");
  });

  chapter("the section in view is marked, also after a jump", folded, { viewport: { width: 1280, height: 600 } }, async (page) => {
    for (const [y, title] of [[0, ""], [1e6, "Three"], [1000, "One"]]) {
      await page.evaluate((y) => scrollTo(0, y), y);
      await until(`“${title}” is marked`, async () => title === (await page.locator(".toc [aria-current]").allInnerTexts()).join());
    }
  });

  built("the colours that a reader chose are there before the first paint", (site) => within({}, async (context) => {
    const server = await serve(site);
    try {
      const page = await context.newPage();
      await page.goto(`${server.url}start.html`);
      await page.click("button.theme");
      await page.click("button.theme");
      // Seen from the first element of the body, before the style sheet is asked for its colours.
      await context.addInitScript(() => {
        new MutationObserver((_, watch) => {
          if (!document.body) return;
          window.first ??= document.documentElement.dataset.theme ?? "none";
          watch.disconnect();
        }).observe(document, { childList: true, subtree: true });
      });
      await page.goto(`${server.url}compare.html`);
      equal(await page.evaluate(() => window.first), "dark", "the scheme at the first element of the body");
    } finally {
      await server.stop();
    }
  }));
}

/** A page that has loaded and run its scripts, with what it complained of. */
async function open(context, url) {
  const page = await context.newPage();
  page.wrong = [];
  page.on("console", (message) => { if (message.type() === "error") page.wrong.push(message.text()); });
  page.on("pageerror", (error) => page.wrong.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) page.wrong.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/** Every page that the contents name, those that they do not, and one that is not there. */
async function list(url) {
  const contents = await (await fetch(`${url}contents.html`)).text();
  const named = [...contents.matchAll(/<a href="([^"#:]+\.html)"/g)].map((match) => match[1]);
  return [...new Set([...named, "index.html", "contents.html", "print.html", "404.html", "not-there.html"])];
}

function files(site) {
  return fs.readdirSync(site, { recursive: true }).filter((file) => file.endsWith(".html"));
}

/** What a first visit costs: all bytes as they are sent, compressed and with heads; those of scripts among them. */
async function visit(context, url) {
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: false });
  let bytes = 0, requests = 0, script = 0;
  const types = new Map();
  wire.on("Network.responseReceived", ({ requestId, type }) => types.set(requestId, type));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes += encodedDataLength;
    requests += 1;
    if (types.get(requestId) === "Script") script += encodedDataLength;
  });
  await page.goto(url, { waitUntil: "networkidle" });
  const shift = await page.evaluate(() => new Promise((done) => {
    let sum = 0;
    new PerformanceObserver((seen) => { for (const one of seen.getEntries()) sum += one.value; }).observe({ type: "layout-shift", buffered: true });
    setTimeout(() => done(sum), 300);
  }));
  await page.close();
  return { bytes, requests, script, shift };
}
