// The list as it changes. Rows come drawn by the server; here they only go to their places, and nothing that
// is pointed at, typed in or open is moved by that.
"use strict";
(() => {
  const { $, $$, place, words, say } = window.rollcall;
  const list = () => $("#list[data-live]");

  // --- how the list stands: by the stream, else by asking again and again ---
  let streams = "connecting"; // or live, lost, refused
  let reason = "";
  let polled = null; // whether the last time of asking went well
  let announced = null;
  const show = () => {
    const kind = streams === "lost" && polled ? "poll" : streams;
    const link = $("[data-link]");
    if (link && (link.dataset.state !== kind || kind === "refused")) {
      link.dataset.state = kind;
      link.textContent = { live: words.wordsLive, lost: words.wordsLost, poll: words.wordsPoll, refused: reason }[kind] || link.textContent;
      link.title = kind === "refused" ? reason : "";
    }
    // Read aloud, and only what lasts.
    if (kind === "lost") announced = announced || setTimeout(() => say(words.wordsLost, "wait"), 3000);
    else {
      clearTimeout(announced);
      announced = null;
    }
  };
  const stands = (kind) => {
    streams = kind;
    show();
  };

  // --- what is pointed at keeps its place ---
  let pointed = null;
  document.addEventListener("pointerover", (event) => {
    const row = event.target.closest && event.target.closest("[data-rows] tr");
    if (row === pointed) return;
    pointed = row;
    settle();
  });
  document.documentElement.addEventListener("pointerleave", () => {
    pointed = null;
    settle();
  });
  const anchor = () => {
    const focused = document.activeElement && document.activeElement.closest("[data-rows] tr");
    const held = pointed && pointed.isConnected ? pointed : focused;
    return held && held.isConnected ? held : null;
  };
  const spacer = () => {
    let row = $("#spacer");
    if (!row) {
      const rows = $("[data-rows]");
      const body = document.createElement("tbody");
      body.id = "spacer";
      body.setAttribute("aria-hidden", "true");
      body.innerHTML = "<tr><td colspan='99'></td></tr>";
      rows.before(body);
      row = body;
    }
    return row.firstElementChild.firstElementChild;
  };
  // A ghost goes once it is left, the filler once nothing is pointed at any more.
  const settle = () => {
    const left = $$("[data-rows] tr.gone").filter((row) => row !== pointed && !row.contains(document.activeElement));
    if (left.length) keepStill(() => left.forEach((row) => row.remove()));
    if (anchor()) return;
    const filler = $("#spacer td");
    if (filler && filler.style.height) filler.style.height = "";
    // The page is as short again as it was, where that moves nothing.
    if (window.scrollY === 0) $("#main").style.minHeight = "";
    renumber();
    empty();
  };
  document.addEventListener("focusout", () => setTimeout(settle, 0));
  const keepStill = (change) => {
    const held = anchor();
    const before = held ? held.getBoundingClientRect().top : 0;
    change(held);
    if (!held || !held.isConnected) return;
    let moved = held.getBoundingClientRect().top - before;
    if (!moved) return;
    const scrolled = window.scrollY;
    window.scrollBy(0, moved);
    moved -= window.scrollY - scrolled;
    if (moved < 0) {
      // Rows above went, and there is nothing left to scroll: their room stays until the pointer leaves.
      const filler = spacer();
      filler.style.height = (parseFloat(filler.style.height) || 0) - moved + "px";
    } else if (moved > 0) {
      const filler = $("#spacer td");
      const room = filler ? parseFloat(filler.style.height) || 0 : 0;
      const taken = Math.min(room, moved);
      if (taken) filler.style.height = room - taken + "px";
      moved -= taken;
      // Rows came above, and the page is too short to scroll: it becomes as long as that needs.
      if (moved > 0.5) {
        $("#main").style.minHeight = window.innerHeight + window.scrollY + moved + "px";
        window.scrollBy(0, moved);
      }
    }
  };

  // --- rows ---
  const rows = () => $$("[data-rows] > tr:not(.gone)");
  // Whether what was just told changes what is left for others: not when it is only what a session uses.
  let resources = false;
  const made = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = "<table><tbody>" + html + "</tbody></table>";
    return holder.content.querySelector("tr");
  };
  const plain = (cell) => {
    const copy = cell.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.textContent = "";
    for (const input of copy.querySelectorAll("input")) input.removeAttribute("checked");
    return copy.innerHTML;
  };
  const become = (row, html) => {
    const next = made(html);
    row.dataset.name = next.dataset.name;
    if (row.dataset.status !== next.dataset.status) resources = true;
    row.dataset.status = next.dataset.status;
    const cells = [...row.children];
    [...next.children].forEach((cell, index) => {
      const old = cells[index];
      if (!old || cell.classList.contains("c-number") || plain(old) === plain(cell)) return;
      const focus = old.contains(document.activeElement) && document.activeElement.title;
      old.replaceChildren(...cell.childNodes);
      if (focus) for (const element of old.querySelectorAll("[title]")) if (element.title === focus) element.focus({ preventScroll: true });
    });
    place(row);
  };
  const put = (row, at) => {
    const body = $("[data-rows]");
    const next = rows().filter((other) => other !== row)[at];
    body.insertBefore(row, next || null);
  };
  const enter = (drawn, at) => {
    const known = document.getElementById("s-" + drawn.id);
    if (known && known.classList.contains("gone")) known.remove();
    const row = known && known.isConnected ? known : made(drawn.html);
    if (known === row) become(row, drawn.html);
    put(row, at);
    place(row);
    document.dispatchEvent(new CustomEvent("rollcall:row", { detail: { row } }));
  };
  const leave = (id, held) => {
    const row = document.getElementById("s-" + id);
    if (!row) return;
    // Another row must not slip under the pointer, nor the focus be lost.
    if (row === held || row.contains(document.activeElement)) row.classList.add("gone");
    else row.remove();
  };
  const renumber = () => {
    const first = Number((list() || { dataset: {} }).dataset.first || 0);
    rows().forEach((row, index) => {
      const cell = row.querySelector("td.c-number");
      const text = String(first + index + 1);
      if (cell && cell.textContent !== text) cell.textContent = text;
    });
  };
  const empty = () => {
    const note = $("[data-empty]");
    if (note) note.hidden = !!$("[data-rows] > tr");
  };
  const totals = (told) => {
    for (const [tab, count] of Object.entries(told.tabs)) {
      const badge = $("[data-count='" + tab + "']");
      if (!badge || badge.textContent === String(count)) continue;
      badge.textContent = count;
      resources = true;
    }
    const pager = $("[data-pager]");
    if (pager && !pager.contains(document.activeElement)) {
      const holder = document.createElement("template");
      holder.innerHTML = told.pager;
      const next = holder.content.firstElementChild;
      if (pager.innerHTML !== next.innerHTML) pager.replaceChildren(...next.childNodes);
    }
  };
  const whole = (told) =>
    keepStill((held) => {
      const wanted = new Set(told.rows.map((row) => row.id));
      for (const row of rows()) if (!wanted.has(row.dataset.id)) leave(row.dataset.id, held);
      told.rows.forEach((drawn, at) => {
        const now = rows()[at];
        if (now && now.dataset.id === drawn.id) become(now, drawn.html);
        else enter(drawn, at);
      });
    });
  const changes = (told) =>
    keepStill((held) => {
      for (const change of told.changes) {
        if (change.op === "enter") enter(change.row, change.at);
        else if (change.op === "leave") leave(change.id, held);
        else {
          const row = document.getElementById("s-" + (change.id || change.row.id));
          if (!row) continue;
          if (change.op === "update") become(row, change.row.html);
          else put(row, change.at);
        }
      }
    });

  const applied = (told) => {
    const shown = list();
    if (!shown) return;
    shown.dataset.have = told.have;
    totals(told.totals);
    renumber();
    empty();
    document.dispatchEvent(new CustomEvent("rollcall:list", { detail: Object.assign({ resources }, told) }));
    resources = false;
  };
  const heard = (message) => {
    if (!list()) return;
    switch (message.kind) {
      case "open":
        stopPolling();
        break;
      case "same":
      case "again":
        stands("live");
        break;
      case "page":
        stands("live");
        whole(message);
        applied(message);
        break;
      case "change":
        stands("live");
        changes(message);
        applied(message);
        break;
      case "lost":
        stands("lost");
        break;
      case "down":
        stands("lost");
        if (message.tries >= 4) startPolling();
        break;
      case "refused":
        reason = message.reason;
        stands("refused");
        break;
      case "left":
        stopPolling();
        break;
    }
  };

  // Where no stream gets through: every 5 s on the running tab, every 30 s elsewhere.
  let polling = null;
  const poll = async () => {
    let good = false;
    try {
      const answer = await fetch("/sessions?" + $("#list").dataset.query, { headers: { "HX-Request": "true" } });
      if (answer.status === 204) return location.reload();
      const holder = document.createElement("template");
      holder.innerHTML = answer.ok ? await answer.text() : "";
      const next = holder.content.querySelector("#list[data-live]");
      if (next && next.dataset.query === $("#list").dataset.query) {
        const drawn = [...next.querySelectorAll("[data-rows] > tr")].map((row) => ({ id: row.dataset.id, html: row.outerHTML }));
        const counts = {};
        for (const badge of next.querySelectorAll("[data-count]")) counts[badge.dataset.count] = badge.textContent;
        const told = { rows: drawn, have: next.dataset.have, totals: { tabs: counts, pager: next.querySelector("[data-pager]").outerHTML } };
        whole(told);
        applied(told);
        good = true;
      }
    } catch (error) {
      // The next time may go well.
    }
    if (!polling) return;
    polled = good;
    show();
    polling = setTimeout(poll, $("#list").dataset.query.includes("tab=") ? 30000 : 5000);
  };
  const startPolling = () => {
    if (polling) return;
    polling = setTimeout(poll, 0);
  };
  const stopPolling = () => {
    clearTimeout(polling);
    polling = null;
    polled = null;
  };

  const asked = () => {
    const shown = list();
    return shown && { have: shown.dataset.have, columns: shown.dataset.columns, query: shown.dataset.query };
  };
  const again = window.rollcall.follow(asked, heard);
  let query = (asked() || {}).query;
  document.addEventListener("htmx:after:swap", () => {
    const now = (asked() || {}).query;
    // Of another list nothing is known yet.
    if (now !== query && streams !== "lost") streams = "connecting";
    query = now;
    show();
    again();
  });
  window.rollcall.rows = rows;
})();
