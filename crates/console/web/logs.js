// A log that grows while one looks at it: follow, find, wrap.
"use strict";
(() => {
  const { $, say, words } = window.rollcall;
  const box = $("[data-log]");
  const pre = $("[data-text]");
  const follow = $("[data-follow]");
  const wrap = $("[data-wrap]");
  const find = $("[data-find]");
  const found = $("[data-found]");
  let text = "";
  let at = -1;
  // Control sequences of a terminal are not for reading.
  const clean = (raw) => raw.replace(/\x1b\[[0-9;?]*[ -\/]*[@-~]/g, "").replace(/\x1b\][^\x07\x1b]*(\x07|\x1b\\)/g, "").replace(/\r\n?/g, "\n");
  // The end of what has come may be the beginning of a sequence: it waits for the rest.
  let begun = "";
  const whole = (raw) => {
    raw = begun + raw;
    begun = (raw.match(/(\r|\x1b[^@-Z\\^-~]{0,40}|\x1b[[\]][^@-~\x07]{0,200})$/) || [""])[0];
    return clean(raw.slice(0, raw.length - begun.length));
  };

  const end = () => {
    pre.scrollTop = pre.scrollHeight;
  };
  const mark = () => {
    const wanted = find.value;
    if (!wanted) {
      pre.textContent = text || pre.dataset.empty;
      found.textContent = "";
      return [];
    }
    const low = text.toLowerCase();
    const part = wanted.toLowerCase();
    const pieces = document.createDocumentFragment();
    const marks = [];
    let from = 0;
    for (let place = low.indexOf(part); place >= 0 && marks.length < 5000; place = low.indexOf(part, from)) {
      pieces.append(text.slice(from, place));
      const piece = document.createElement("mark");
      piece.textContent = text.slice(place, place + part.length);
      marks.push(piece);
      pieces.append(piece);
      from = place + part.length;
    }
    pieces.append(text.slice(from));
    pre.replaceChildren(pieces);
    found.textContent = String(marks.length);
    return marks;
  };
  const step = (by) => {
    const marks = [...pre.querySelectorAll("mark")];
    if (!marks.length) return;
    marks.forEach((one) => one.classList.remove("here"));
    at = (at + by + marks.length) % marks.length;
    marks[at].classList.add("here");
    marks[at].scrollIntoView({ block: "center" });
    found.textContent = at + 1 + " / " + marks.length;
  };

  // The page stays quick, whatever a session prints: of a long log it shows the end.
  const LONGEST = 1000000;
  const add = (more) => {
    text += more;
    const cut = text.length > LONGEST * 1.25;
    if (cut) text = text.slice(text.indexOf("\n", text.length - LONGEST) + 1);
    if (find.value) mark();
    else if (cut || !more || text === more) pre.textContent = text || pre.dataset.empty;
    else pre.append(more);
    if (follow.checked) end();
  };

  // Followed while it is seen, and until it is over.
  let source = null;
  let over = false;
  const leave = () => {
    if (source) source.close();
    source = null;
  };
  const look = () => {
    if (document.hidden || over) return leave();
    if (source) return;
    const own = (source = new EventSource(box.dataset.log));
    own.addEventListener("begin", () => {
      text = begun = "";
      add("");
    });
    own.addEventListener("text", (event) => add(whole(JSON.parse(event.data))));
    own.addEventListener("over", () => {
      over = true;
      leave();
    });
    own.addEventListener("out", () => location.reload());
    own.onerror = async () => {
      if (source !== own || own.readyState !== EventSource.CLOSED) return;
      leave();
      // Whether one is still signed in.
      const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
      if (answer && answer.type === "opaqueredirect") return location.reload();
      if (!answer || answer.status !== 404) setTimeout(look, 2000);
    };
  };
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => event.persisted && look());
  follow.addEventListener("change", () => follow.checked && end());
  pre.addEventListener("wheel", (event) => {
    if (event.deltaY < 0) follow.checked = false;
  });
  const wrapped = () => pre.classList.toggle("wrap", wrap.checked);
  wrap.addEventListener("change", wrapped);
  wrapped();
  find.addEventListener("input", () => {
    at = -1;
    if (mark().length) {
      follow.checked = false;
      step(1);
    }
  });
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== find) {
      event.preventDefault();
      find.focus();
    }
  });
  look();
})();
