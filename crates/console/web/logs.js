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
  // As the browser kept them over a reload.
  let size = 0;
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

  const look = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(box.dataset.log + "?from=" + size);
        if (answer.ok && answer.headers.has("log-size")) {
          if (answer.headers.get("log-anew") === "true") text = begun = "";
          const more = whole(await answer.text());
          size = Number(answer.headers.get("log-size"));
          if (more || !text) {
            const below = pre.scrollHeight - pre.scrollTop - pre.clientHeight;
            text += more;
            // The page stays quick, whatever a session prints.
            if (text.length > 4000000) text = text.slice(-4000000);
            if (find.value) mark();
            else if (more && pre.firstChild && text !== more) pre.append(more);
            else pre.textContent = text || pre.dataset.empty;
            if (follow.checked || below < 4) follow.checked && end();
          }
          const over = /^(TERMINATED|CANCELLED)$/.test(answer.headers.get("log-status"));
          if (over) return;
        } else if (answer.status === 404) return;
      } catch (error) {
        // The next look may find it.
      }
    }
    setTimeout(look, follow.checked ? 1000 : 3000);
  };
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
