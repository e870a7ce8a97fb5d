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
