// The list under the hands: links that change it in place, marks, the drawer, keys, the search box's hints.
"use strict";
(() => {
  const { $, $$, say, place, openDialog, closeDialog, words } = window.rollcall;
  const here = () => "/sessions" + ($("#list").dataset.query ? "?" + $("#list").dataset.query : "");

  // --- the list in place ---
  const go = async (href) => {
    if (!window.htmx) {
      location.href = href;
      return;
    }
    const focused = document.activeElement;
    const menu = focused && focused.closest("details.menu");
    await htmx.ajax("GET", href, { source: $("#list-place"), target: "#list-place", swap: "innerHTML" });
    // Who works by keyboard goes on where the same thing stands now.
    const same = document.getElementById((menu || focused || {}).id || "");
    if (same && menu) same.open = same.hasAttribute("data-stays");
    if (same && document.activeElement === document.body) (menu ? $("summary", same) : same).focus({ preventScroll: true });
    history.pushState({ rollcall: true }, "", href);
    shown = location.pathname + location.search;
    marked();
  };
  let shown = location.pathname + location.search;
  window.addEventListener("popstate", () => location.pathname + location.search !== shown && location.reload());
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-list]");
    if (!link || event.ctrlKey || event.metaKey || event.button !== 0) return;
    event.preventDefault();
    go((event.shiftKey && link.dataset.add) || link.getAttribute("href"));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-search], [data-list-form]") || !window.htmx) return;
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...query]) if (!value) query.delete(name);
    const text = query.toString();
    const had = form.matches("[data-search]");
    hide();
    go("/sessions" + (text ? "?" + text : "")).then(() => had && $("#q").focus());
  });

  // --- marks ---
  const marks = new Set();
  const marked = () => {
    const boxes = $$("[data-mark]");
    for (const box of boxes) box.checked = marks.has(box.value);
    const here = boxes.filter((box) => box.checked).length;
    const bar = $(".marked");
    if (!bar) return;
    bar.hidden = !marks.size;
    // What is on another page stays marked, and is told.
    const pattern = here < marks.size ? words.wordsMarkedElsewhere.replace("#", marks.size - here) : words.wordsMarked;
    const told = pattern.replace("%", marks.size);
    const count = $("[data-marked]", bar);
    if (count.textContent !== told) count.textContent = told;
    const query = [...marks].map((id) => "id=" + id).join("&");
    for (const link of $$("[data-with-marks]", bar)) link.href = link.getAttribute("href").split("?")[0] + "?" + query;
    for (const all of $$("[data-mark-all]")) {
      all.checked = boxes.length > 0 && here === boxes.length;
      all.indeterminate = here > 0 && !all.checked;
    }
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-mark]")) box.checked ? marks.add(box.value) : marks.delete(box.value);
    else if (box.matches("[data-mark-all]")) for (const one of $$("[data-mark]")) box.checked ? marks.add(one.value) : marks.delete(one.value);
    else return;
    marked();
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-unmark]")) return;
    marks.clear();
    marked();
  });
  document.addEventListener("rollcall:list", marked);

  // --- the drawer ---
  const drawer = $("#drawer");
  const opened = () => drawer.querySelector("[data-session]");
  const address = (id) => {
    const query = new URLSearchParams($("#list").dataset.query);
    query.delete("open");
    if (id) query.set("open", id);
    const text = query.toString();
    history.replaceState(history.state, "", "/sessions" + (text ? "?" + text : ""));
    shown = location.pathname + location.search;
  };
  const light = () => {
    const open = opened();
    for (const row of $$("[data-rows] > tr")) row.classList.toggle("opened", !!open && row.dataset.id === open.dataset.session);
  };
  let wanted = opened() ? opened().dataset.session : null;
  const openDrawer = async (id) => {
    if (!window.htmx) {
      location.href = "/sessions/" + id;
      return;
    }
    wanted = id;
    await htmx.ajax("GET", "/sessions/" + id, { source: drawer, target: "#drawer", swap: "innerHTML" });
    if (!opened()) return;
    address(id);
    light();
    $("h2", drawer).focus({ preventScroll: true });
  };
  const closeDrawer = () => {
    wanted = null;
    const open = opened();
    drawer.replaceChildren();
    address(null);
    light();
    const row = open && document.getElementById("s-" + open.dataset.session);
    if (row) row.querySelector("a.name").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-close-drawer]")) return closeDrawer();
    const row = event.target.closest("[data-rows] > tr");
    if (!row || row.classList.contains("gone") || event.ctrlKey || event.metaKey || event.button !== 0 || !window.htmx) return;
    const link = event.target.closest("a[data-open]");
    if (!link && event.target.closest("a, button, input, label")) return;
    if (!link && String(getSelection())) return;
    event.preventDefault();
    openDrawer(row.dataset.id);
  });
  // What is open follows the list.
  let refreshing = false;
  let again = false;
  document.addEventListener("rollcall:list", async (event) => {
    light();
    const open = opened();
    const told = event.detail.changes;
    if (!open || drawer.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
    // A whole page may hold anything that is new.
    if (told && !told.some((change) => (change.id || (change.row && change.row.id)) === open.dataset.session)) return;
    again = true;
    if (refreshing) return;
    refreshing = true;
    try {
      while (again && opened()) {
        again = false;
        const id = opened().dataset.session;
        await htmx.ajax("GET", opened().dataset.refresh, { source: drawer, target: "#drawer", swap: "innerMorph" });
        // Closed meanwhile: it stays closed.
        if (wanted !== id && !wanted) drawer.replaceChildren();
      }
    } finally {
      refreshing = false;
    }
  });
  light();

  // --- quotas: with the list, not more often than every second ---
  let quotas = null;
  document.addEventListener("rollcall:list", (event) => {
    if (event.detail.changes && !event.detail.resources) return;
    if (quotas) return;
    quotas = setTimeout(async () => {
      quotas = null;
      if (document.hidden) return;
      const answer = await fetch("/quotas", { headers: { "HX-Request": "true" } }).catch(() => null);
      if (!answer || answer.status !== 200) return;
      const text = await answer.text();
      const quotaPlace = $("#quotas");
      quotaPlace.innerHTML = text;
      place(quotaPlace);
    }, 400);
  });

  // --- what a dialog has done ---
  const done = () => {
    for (const one of $$("#dialog [data-done]")) marks.delete(one.dataset.done);
    marked();
  };
  document.addEventListener("htmx:after:swap", () => {
    const launched = $("#dialog [data-launched]");
    if (launched) {
      const id = launched.dataset.launched;
      launched.removeAttribute("data-launched");
      const began = Date.now();
      const seen = () => {
        const row = document.getElementById("s-" + id);
        // On another page or tab of the list it will not come.
        if (!row && Date.now() - began < 2000) return setTimeout(seen, 20);
        say(launched.textContent.trim(), "good");
        closeDialog();
        if (row) select(row);
      };
      seen();
    }
    done();
    light();
  });
  // However soon it is closed.
  document.addEventListener("rollcall:closing", () => done());

  // --- columns in their order ---
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const choice = button.closest(".choice");
    const up = button.dataset.move === "up";
    const other = up ? choice.previousElementSibling : choice.nextElementSibling;
    if (!other || !other.matches("label.choice")) return;
    up ? other.before(choice) : other.after(choice);
    button.focus();
  });

  // --- hints below the search box ---
  let hinted = -1;
  const hints = () => $$("#hints li");
  const hide = () => {
    const box = $("#hints");
    if (box) box.hidden = true;
    const q = $("#q");
    if (q) {
      q.setAttribute("aria-expanded", "false");
      q.removeAttribute("aria-activedescendant");
    }
    hinted = -1;
  };
  const point = (index) => {
    const all = hints();
    hinted = (index + all.length) % all.length;
    all.forEach((hint, at) => hint.setAttribute("aria-selected", at === hinted));
    all[hinted].scrollIntoView({ block: "nearest" });
    $("#q").setAttribute("aria-activedescendant", all[hinted].id);
  };
  const take = (hint) => {
    const q = $("#q");
    q.value = hint.dataset.text;
    q.focus();
    hide();
    // A field or an operator wants something behind it.
    if (q.value.endsWith(" ")) q.dispatchEvent(new Event("input", { bubbles: true }));
  };
  document.addEventListener("htmx:after:swap", () => {
    const box = $("#hints");
    if (box && document.activeElement === $("#q")) $("#q").setAttribute("aria-expanded", String(!box.hidden));
    hinted = -1;
  });
  document.addEventListener("mousedown", (event) => {
    const hint = event.target.closest("#hints li");
    if (hint) {
      event.preventDefault();
      take(hint);
    } else if (!event.target.closest(".search")) hide();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.id !== "q") return;
    const open = $("#hints") && !$("#hints").hidden && hints().length > 0;
    if (open && event.key === "ArrowDown") point(hinted + 1);
    else if (open && event.key === "ArrowUp") point(hinted - 1);
    else if (open && hinted >= 0 && (event.key === "Enter" || event.key === "Tab")) take(hints()[hinted]);
    else if (event.key === "Escape") {
      if (open) hide();
      else event.target.blur();
    } else return;
    event.preventDefault();
  });

  // --- keys ---
  const selected = () => $("[data-rows] > tr.at");
  const select = (row) => {
    const before = selected();
    if (before) before.classList.remove("at");
    if (!row) return;
    row.classList.add("at");
    row.querySelector("a.name").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const rows = window.rollcall.rows();
    if (!rows.length) return;
    let from = selected();
    // From a row that has ended on to what stands there now.
    while (from && from.classList.contains("gone")) from = by > 0 ? from.nextElementSibling : from.previousElementSibling;
    if (from !== selected()) return select(from || rows[by > 0 ? rows.length - 1 : 0]);
    const at = rows.indexOf(from);
    select(rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))]);
  };
  const control = (icon) => {
    const row = selected();
    const use = row && row.querySelector(".controls use[href='#i-" + icon + "']");
    return use && use.closest("a");
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape" && !$("dialog[open]") && !typing && opened()) return closeDrawer();
    if (typing || $("dialog[open]")) return;
    const row = selected();
    const keys = {
      "/": () => $("#q").focus(),
      j: () => step(1),
      k: () => step(-1),
      x: () => row && row.querySelector("[data-mark]") && row.querySelector("[data-mark]").click(),
      t: () => {
        if (marks.size > 1) $("a[href^='/terminals']").click();
        else if (control("terminal")) control("terminal").click();
      },
      l: () => control("logs") && control("logs").click(),
      n: () => $("#launch").click(),
      "#": () => {
        if (marks.size) $("a[data-with-marks][data-dialog]").click();
        else if (control("stop")) control("stop").click();
      },
      "?": () => $("[data-keys]").click(),
      Enter: () => {
        if (row && event.target === row.querySelector("a.name")) return false;
        if (row && !event.target.closest("a, button, summary")) openDrawer(row.dataset.id);
        else return false;
      },
    };
    const key = keys[event.key];
    if (key && key() !== false) event.preventDefault();
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-rows] > tr");
    if (row && row !== selected()) {
      const before = selected();
      if (before) before.classList.remove("at");
      row.classList.add("at");
    }
  });
  place();
})();
