// What the cases stand on: a book in a folder of its own, a server over it, a browser, and a list of cases.

import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import zlib from "node:zlib";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const program = process.env.BENCHBOOK
  ?? path.join(path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target"), "debug/benchbook");

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `test` gives something true; fails with what it last gave or threw. */
export async function until(what, test, limit = 5000) {
  const end = Date.now() + limit;
  let last;
  for (;;) {
    try { last = await test(); } catch (error) { last = error; }
    if (last && !(last instanceof Error)) return last;
    if (Date.now() > end) throw new Error(`not within ${limit} ms: ${what} (last: ${last})`);
    await sleep(20);
  }
}

export function equal(got, wanted, what) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
  }
}

/** The book of `benchbook init`, with one more chapter that is long enough to scroll. */
export class Book {
  constructor() {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "benchbook-browser-"));
    this.root = path.join(this.folder, "book");
    const made = spawnSync(program, ["init", this.root], { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`init failed: ${made.error ?? made.stderr}`);
    const paragraphs = Array.from({ length: 60 }, (_, i) => `Paragraph ${i} of the long chapter.`).join("\n\n");
    this.write("content/long.md", `# A long chapter\n\n<details><summary>More</summary>\n\nHidden words.\n\n</details>\n\n`
      + `[A link to focus](start.md)\n\n${paragraphs}\n\n## The end\n\nLast words.\n\n\`\`\`rust\nfn main() {}\n\`\`\`\n`);
    this.edit("content/SUMMARY.md", (text) => `${text}- [A long chapter](long.md)\n`);
  }
  path(file) { return path.join(this.root, file); }
  read(file) { return fs.readFileSync(this.path(file), "utf8"); }
  write(file, text) { fs.mkdirSync(path.dirname(this.path(file)), { recursive: true }); fs.writeFileSync(this.path(file), text); }
  edit(file, change) {
    const before = this.read(file), after = change(before);
    if (before === after) throw new Error(`the edit of ${file} changes nothing`);
    this.write(file, after);
    return before;
  }
  remove() { fs.rmSync(this.folder, { recursive: true, force: true }); }
}

/** A server over a book, at a free port. */
export class Server {
  static async start(book, ...flags) {
    const server = new Server();
    server.child = spawn(program, ["--root", book.root, "serve", ...(flags.length ? flags : ["--port", "0"])]);
    server.said = "";
    server.child.stderr.on("data", (data) => { server.said += data; });
    server.url = await until("the server says where it is", () => /http:\/\/[^/]+\//.exec(server.said)?.[0]);
    return server;
  }
  get port() { return new URL(this.url).port; }
  async stop(signal = "SIGINT") {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const gone = new Promise((done) => this.child.once("exit", (code) => done(code)));
    this.child.kill(signal);
    return gone;
  }
}

const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png" };

/** A plain host that compresses, as hosts do. */
export async function serve(site) {
  const host = http.createServer((request, response) => {
    const file = path.join(site, decodeURIComponent(new URL(request.url, "http://x").pathname));
    if (!fs.existsSync(file) || !fs.statSync(file).isFile()) {
      response.writeHead(404);
      return response.end();
    }
    const type = TYPES[path.extname(file)], packs = type && type !== "image/png";
    response.writeHead(200, { "content-type": type ?? "application/octet-stream", ...(packs && { "content-encoding": "gzip" }) });
    response.end(packs ? zlib.gzipSync(fs.readFileSync(file), { level: 6 }) : fs.readFileSync(file));
  });
  await new Promise((done) => host.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${host.address().port}/`, stop: () => new Promise((done) => { host.close(done); host.closeAllConnections(); }) };
}

/** A browser that remembers what its pages complained of. */
export async function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** A page, with a list of what went wrong on it: errors, refused by the policy, other hosts asked. */
export async function open(context, url) {
  const page = await context.newPage();
  page.wrong = [];
  page.on("console", (message) => { if (message.type() === "error") page.wrong.push(message.text()); });
  page.on("pageerror", (error) => page.wrong.push(String(error)));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host) page.wrong.push(`asked ${request.url()}`);
  });
  page.on("framenavigated", () => { page.loads = (page.loads ?? 0) + 1; });
  await page.goto(url);
  // The socket is open once it was told of the page.
  await page.waitForLoadState("networkidle");
  return page;
}

export const overlay = (page) => page.evaluate(() => {
  const host = document.querySelector("benchbook-overlay");
  const panel = host && host.shadowRoot.querySelector("aside");
  return panel && !host.hidden && !panel.hidden ? panel.innerText : "";
});

const cases = [];
export const test = (name, run) => cases.push({ name, run });

/** Runs all cases, or those whose name holds a word of the command line. */
export async function runAll(words) {
  let passed = 0, failed = 0;
  for (const { name, run } of cases.filter(({ name }) => words.every((word) => name.includes(word)))) {
    const begin = Date.now();
    try {
      await run();
      passed += 1;
      console.log(`ok      ${name} (${Date.now() - begin} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED  ${name}\n        ${String(error?.stack ?? error).split("\n").slice(0, 6).join("\n        ")}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}
