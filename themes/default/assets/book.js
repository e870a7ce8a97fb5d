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

// Tables that a reader sorts, filters, and sees as ratios to one row. Without it they stand as the author ordered them.
// Sorted are the values that the build printed, by its own rules: numbers by value, texts by their characters, rows
// without a value last, rows that are equal in the order of the data.
(() => {
  "use strict";
  const doc = document;
  const make = (name, properties, ...children) => {
    const node = Object.assign(doc.createElement(name), properties);
    node.append(...children);
    return node;
  };
  const button = (words, run) => make("button", { type: "button", onclick: run }, words);
  const isMissing = (cell) => !cell || cell.classList.contains("missing");

  const valueOf = (cell) => {
    if (isMissing(cell)) return null;
    const data = cell.querySelector("data"), first = cell.firstChild;
    if (data) return Number(data.value);
    return first ? first.dateTime || first.textContent : "";
  };

  // By code points, as the build has it: the halves of a pair come after all that stands alone.
  const rank = (unit) => unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit;
  const order = (a, b) => {
    if (typeof a === "number") return a - b;
    for (let i = 0; i < a.length && i < b.length; i++) {
      if (a[i] !== b[i]) return rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    }
    return a.length - b.length;
  };

  // What stood in a cell before ratios did.
  const printed = new WeakMap();
  const textOf = (data) => {
    const known = printed.get(data);
    return known && known.ratio === data.textContent ? known.text : data.textContent;
  };
  const show = (data, ratio) => {
    const text = textOf(data);
    printed.set(data, { text, ratio });
    if (data.textContent !== (ratio ?? text)) data.textContent = ratio ?? text;
  };

  // How many digits a number was printed with: all that its spread allows.
  const digitsOf = (text) => text.split(" ")[0].replace(/\D/g, "").replace(/^0+/, "").length || 1;

  // At most three digits, and no more than the poorer of the two has, unless they are exact; of a half the even one, as
  // the build rounds.
  const ratioOf = (value, digits) => {
    const [mantissa, exponent] = Math.abs(value).toExponential(14).split("e");
    const all = mantissa.replace(".", ""), rest = all.slice(digits), half = "5".padEnd(rest.length, "0");
    let head = Number(all.slice(0, digits)), power = Number(exponent);
    if (rest > half || (rest === half && head % 2)) head += 1;
    if (head === 10 ** digits) [head, power] = [head / 10, power + 1];
    const places = digits - 1 - power, text = Number(`${head}e${-places}`).toFixed(Math.min(100, Math.max(0, places)));
    return (value < 0 ? "−" : "") + (places > 0 ? text : text.replace(/\B(?=(\d{3})+$)/g, ",")) + "×";
  };

  const setUp = (figure, number) => {
    const table = figure.querySelector("table"), tools = figure.querySelector(".tools");
    if (!table || !table.tHead || !table.tBodies[0] || !tools) return;
    const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
    const label = (head) => head.querySelector(".label")?.firstChild?.data.trim() ?? head.dataset.column;
    const author = [...body.rows].filter((tr) => "key" in tr.dataset).map((tr, at) => (
      { tr, key: tr.dataset.key, place: Number(tr.dataset.place ?? at), values: [...tr.cells].map(valueOf) }));
    if (author.length < 2) return;
    const isNumber = (at) => heads[at].classList.contains("num");
    const start = heads.map((head) => head.getAttribute("aria-sort"));
    const without = (figure.dataset.without ?? "").split(" ");

    // The state, and its part of the address.
    const name = figure.getAttribute("id") || `t${number}`;
    const given = new URLSearchParams(location.search), get = (key) => given.get(`${name}.${key}`) ?? "";
    const state = { sort: get("sort"), find: get("find"), base: get("base"), only: new Map() };
    const columns = new Map(heads.map((head, at) => [head.dataset.column, at]));
    for (const column of columns.keys()) if (get(`only.${column}`)) state.only.set(column, get(`only.${column}`));
    const keep = () => {
      const now = new URLSearchParams(location.search);
      for (const key of [...now.keys()]) if (key.startsWith(`${name}.`)) now.delete(key);
      for (const key of ["sort", "find", "base"]) if (state[key]) now.set(`${name}.${key}`, state[key]);
      for (const [column, value] of state.only) now.set(`${name}.only.${column}`, value);
      const query = String(now);
      try { history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash); } catch {}
    };

    const sorted = () => {
      const down = state.sort.startsWith("-"), at = columns.get(down ? state.sort.slice(1) : state.sort);
      if (at === undefined) return { rows: author, at: -1 };
      const rows = [...author].sort((a, b) => {
        const [x, y] = [a.values[at], b.values[at]];
        if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
        return (down ? order(y, x) : order(x, y)) || a.place - b.place;
      });
      return { rows, at, down };
    };

    const count = make("output", { className: "count" });
    const apply = () => {
      const { rows, at, down } = sorted(), said = [];
      if (rows.some(({ tr }, i) => body.rows[i] !== tr)) body.append(...rows.map(({ tr }) => tr));
      heads.forEach((head, i) => {
        const now = at < 0 ? start[i] : i === at ? (down ? "descending" : "ascending") : null;
        if (now) head.setAttribute("aria-sort", now); else head.removeAttribute("aria-sort");
      });
      if (at >= 0) said.push(`Sorted by ${label(heads[at])}, ${down ? "descending" : "ascending"}.`);
      const find = state.find.toLowerCase();
      let left = 0;
      for (const { tr, values } of author) {
        const kept = [...state.only].every(([column, value]) => String(values[columns.get(column)]) === value)
          && (!find || tr.textContent.toLowerCase().includes(find));
        tr.hidden = !kept;
        left += kept;
      }
      if (left < author.length) said.push(`${left} of ${author.length} rows.`);
      const base = author.find(({ key }) => key === state.base);
      for (const row of author) {
        row.tr.classList.toggle("base", row === base);
        row.values.forEach((value, i) => {
          const data = isNumber(i) && row.tr.cells[i].querySelector("data");
          if (!data) return;
          const of = base && base.values[i], mine = base && base.tr.cells[i].querySelector("data");
          if (!base) show(data);
          else if (!of || !mine) show(data, "no ratio");
          else {
            const known = "exact" in heads[i].dataset ? 3 : Math.min(3, digitsOf(textOf(data)), digitsOf(textOf(mine)));
            show(data, ratioOf(value / of, known));
          }
        });
      }
      table.classList.toggle("ratios", Boolean(base));
      if (base) said.push(`Ratios to ${base.tr.cells[0].textContent}.`);
      count.textContent = said.join(" ");
    };
    const change = () => { apply(); keep(); };

    heads.forEach((head, at) => {
      const words = head.querySelector(":scope > .label");
      const old = head.querySelector(":scope > .sort");
      // A page that was patched has its words anew.
      if (old && words) old.remove();
      const sort = old && !words ? old : make("button", { type: "button", className: "sort" });
      if (words) { words.before(sort); sort.append(words); }
      const column = head.dataset.column, falls = isNumber(at) && !head.querySelector(".lower");
      const ways = falls ? [`-${column}`, column, ""] : [column, `-${column}`, ""];
      sort.onclick = () => { state.sort = ways[(ways.indexOf(state.sort) + 1) % 3]; change(); };
    });

    const choice = (words, chosen, options, run) => {
      const list = make("select", {}, ...options.map(([value, text]) => make("option", { value }, text)));
      list.value = chosen;
      list.onchange = () => { run(list.value); change(); };
      return make("label", {}, `${words} `, list);
    };
    const fields = [];
    if (!without.includes("filter")) {
      const find = make("input", { type: "search", value: state.find });
      find.oninput = () => { state.find = find.value; change(); };
      fields.push(make("label", {}, "Find ", find));
      heads.forEach((head, at) => {
        const column = head.dataset.column, all = author.map(({ values }) => values[at]).filter((value) => value !== null);
        const values = [...new Set(all)].sort(order);
        if (isNumber(at) || values.length < 2 || values.length > 40 || values.length === all.length) return;
        fields.push(choice(label(head), state.only.get(column) ?? "", [["", "all"], ...values.map((value) => [value, value])],
          (value) => { if (value) state.only.set(column, value); else state.only.delete(column); }));
      });
    }
    if (!without.includes("baseline") && heads.some((_, at) => isNumber(at))) {
      fields.push(choice("Ratios to", state.base, [["", "none"], ...author.map(({ tr, key }) => [key, tr.cells[0].textContent])],
        (value) => { state.base = value; }));
    }
    const reset = button("Reset", () => {
      Object.assign(state, { sort: "", find: "", base: "" });
      state.only.clear();
      for (const field of tools.querySelectorAll("input, select")) field.value = "";
      change();
    });
    const panel = make("details", { open: Boolean(state.find || state.base || state.only.size) },
      make("summary", {}, fields.length > 1 ? "Filter and compare" : "More"), make("div", {}, ...fields, reset));
    const own = make("table-tools", {}, panel, count);
    for (const old of tools.querySelectorAll("table-tools")) old.remove();
    if (fields.length) tools.append(own); else tools.append(make("table-tools", {}, count));
    apply();
  };

  const run = () => doc.querySelectorAll("figure.table").forEach((figure, at) => setUp(figure, at + 1));
  run();
  doc.addEventListener("benchbook:patched", run);
})();
