// What pages do beyond being read: all of it may be missing.
(() => {
  "use strict";
  const doc = document, html = doc.documentElement;
  const all = (selector) => doc.querySelectorAll(selector);
  const narrow = matchMedia("(width < 800px)");

  // A store may be shut off; then nothing is remembered.
  const read = (store, key) => { try { return window[store].getItem(key); } catch { return null; } };
  const keep = (store, key, value) => { try { window[store].setItem(key, value); } catch {} };

  // Now, and again when the server that shows a book to its author has changed the page.
  const always = (run) => { run(); doc.addEventListener("benchbook:patched", run); };

  // Light, dark, or as the machine is set.
  const button = doc.querySelector("body > header > .theme");
  if (button) {
    const key = "benchbook-theme", names = ["auto", "light", "dark"];
    const chosen = read("localStorage", key);
    // What the book prefers stands on the page; the reader's choice goes before it.
    let at = Math.max(0, names.indexOf(names.includes(chosen) ? chosen : html.dataset.theme));
    const show = () => {
      if (at) html.dataset.theme = names[at]; else delete html.dataset.theme;
      button.title = "Colours: " + names[at];
      button.setAttribute("aria-label", button.title);
    };
    button.addEventListener("click", () => {
      at = (at + 1) % names.length;
      keep("localStorage", key, names[at]);
      show();
    });
    show();
    button.hidden = false;
  }

  // The style sheet shows both lists where there is room; opened, they also count as shown.
  const fit = (selector, query) => {
    const list = doc.querySelector(selector + " > details"), set = () => { list.open = !query.matches; };
    if (!list) return;
    query.addEventListener("change", set);
    set();
  };
  fit("body > .contents", narrow);
  fit("article > .toc", matchMedia("(width < 1100px)"));

  // Scrolls a list so far that one of its lines is seen.
  const seen = (list, line) => {
    const box = list.getBoundingClientRect(), at = line.getBoundingClientRect();
    if (at.top < box.top || at.bottom > box.bottom) list.scrollTop += at.top - box.top - box.height / 3;
  };

  // The contents stay where they were; on a small screen they close behind the reader.
  const nav = doc.querySelector("body > .contents");
  if (nav) {
    const place = "benchbook-contents", saved = read("sessionStorage", place);
    if (saved) nav.scrollTop = Number(saved);
    const here = nav.querySelector("[aria-current]");
    if (here && !narrow.matches) seen(nav, here);
    const close = () => { if (narrow.matches) nav.querySelector("details").open = false; };
    nav.addEventListener("click", (event) => { if (event.target.closest("a")) close(); });
    addEventListener("pageshow", close);
    addEventListener("keydown", ({ key }) => {
      if (key !== "Escape" || !narrow.matches || !nav.querySelector("details").open) return;
      close();
      nav.querySelector("summary").focus();
    });
    addEventListener("pagehide", () => { if (!narrow.matches) keep("sessionStorage", place, nav.scrollTop); });
  }

  // The section in view: the last heading above a third of the window.
  const links = new Map();
  for (const link of all(".toc a")) {
    const heading = doc.getElementById(link.getAttribute("href").slice(1));
    if (heading) links.set(heading, link);
  }
  if (links.size) {
    let marked;
    const mark = () => {
      let found;
      for (const [heading, link] of links) {
        if (heading.getBoundingClientRect().top > innerHeight / 3) break;
        found = link;
      }
      if (found === marked) return;
      if (marked) marked.removeAttribute("aria-current");
      marked = found;
      if (!found) return;
      found.setAttribute("aria-current", "true");
      seen(found.closest("details"), found);
    };
    // Without an end above, so that no heading is passed unseen by a jump.
    const watch = new IntersectionObserver(mark, { rootMargin: "9999999px 0px -66.6% 0px" });
    for (const heading of links.keys()) watch.observe(heading);
  }

  // Tabs: a row of titles that shows one of them, the same on all of a page; the reader's choice is kept.
  const chosen = "benchbook-tab";
  let rows = [];
  const choose = (title) => rows.forEach((tabs) => {
    const at = tabs.findIndex((tab) => tab.title === title);
    if (at >= 0) tabs.forEach(({ button, panel }, i) => {
      button.setAttribute("aria-selected", String(i === at));
      button.tabIndex = i === at ? 0 : -1;
      panel.hidden = i !== at;
    });
  });
  const makeRow = (box) => {
    const panels = [...box.children].filter((child) => child.className === "tab");
    if (!panels.length) return;
    // An element that no page has, so that a page that is patched is not taken to have changed it.
    const row = doc.createElement("tab-row"), tabs = panels.map((panel) => {
      const button = doc.createElement("button"), title = panel.firstElementChild.textContent;
      button.type = "button";
      button.textContent = title;
      button.setAttribute("role", "tab");
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-label", title);
      button.addEventListener("click", () => {
        const top = row.getBoundingClientRect().top;
        choose(title);
        keep("localStorage", chosen, title);
        // Others above may have become longer: the row stays under the pointer.
        scrollBy(0, row.getBoundingClientRect().top - top);
      });
      row.append(button);
      return { button, panel, title };
    });
    row.className = "tab-row";
    row.setAttribute("role", "tablist");
    row.addEventListener("keydown", ({ key }) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key], last = tabs.length - 1;
      const at = tabs.findIndex(({ button }) => button === doc.activeElement);
      const way = html.dir === "rtl" ? -1 : 1;
      const to = step ? (at + step * way + tabs.length) % tabs.length : { Home: 0, End: last }[key];
      if (to === undefined) return;
      tabs[to].button.focus();
      tabs[to].button.click();
    });
    box.prepend(row);
    rows.push(tabs);
    choose(tabs[0].title);
  };
  always(() => {
    for (const row of all(".tab-row")) row.remove();
    rows = [];
    all(".tabs").forEach(makeRow);
    if (rows.length) choose(read("localStorage", chosen));
  });

  // What a reader wants to run of a block of code: not the prompts and the answers of a session, nor the signs of a
  // change and what it took away, nor what is hidden.
  const toRun = (block, pre) => {
    const copy = pre.cloneNode(true), shown = block.querySelector(".reveal > :checked");
    for (const part of copy.querySelectorAll(".prompt, .sign, del.line, .output" + (shown ? "" : ", .hidden"))) {
      // The line of an answer goes with its end, which stands behind it.
      const end = part.className === "output" && part.nextSibling;
      if (end) end.data = end.data.slice(1);
      part.remove();
    }
    return copy.textContent;
  };

  // Copying code.
  if (navigator.clipboard && doc.body.dataset.copy !== "off") {
    const said = doc.createElement("div");
    said.className = "said";
    said.setAttribute("role", "status");
    doc.body.append(said);
    always(() => all(".code").forEach((block) => {
      const pre = block.querySelector("pre"), copy = doc.createElement("button");
      if (!pre || block.querySelector(":scope > .copy")) return;
      copy.type = "button";
      copy.className = "copy";
      copy.textContent = "Copy";
      copy.addEventListener("click", () => navigator.clipboard.writeText(toRun(block, pre)).then(
        () => "Copied", () => "Not copied").then((word) => {
        copy.textContent = said.textContent = word;
        setTimeout(() => { copy.textContent = "Copy"; said.textContent = ""; }, 2000);
      }));
      block.append(copy);
    }));
  }
  // What scrolls sideways can be reached by keyboard, and what does not is no stop on the way.
  const wide = new ResizeObserver((boxes) => boxes.forEach(({ target: box }) => {
    const fits = box.scrollWidth <= box.clientWidth;
    box.classList.toggle("fits", fits);
    if (fits) box.removeAttribute("tabindex"); else box.tabIndex = 0;
  }));
  always(() => all("pre, .scroll, .formula").forEach((box) => wide.observe(box)));

  // A page that a reader is about to open is fetched ahead.
  if (location.protocol.startsWith("http") && !(navigator.connection && navigator.connection.saveData)) {
    const done = new Set([location.href.split("#")[0]]);
    let timer;
    const begin = (event) => {
      const link = event.target.closest("a[href]");
      clearTimeout(timer);
      if (!link || link.origin !== location.origin || !/(\/[^.]*|\.html)$/.test(link.pathname)) return;
      const address = link.href.split("#")[0];
      if (done.has(address)) return;
      timer = setTimeout(() => {
        done.add(address);
        const hint = doc.createElement("link");
        hint.rel = "prefetch";
        hint.href = address;
        doc.head.append(hint);
      }, 80);
    };
    doc.addEventListener("mouseover", begin);
    doc.addEventListener("focusin", begin);
  }
})();
