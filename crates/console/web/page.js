// What every page needs: dialogs, keys, times that tick, themes, and what is said for a moment.
"use strict";
(() => {
  const root = document.documentElement;
  const body = document.body;
  const words = body.dataset;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const year = "; Path=/; Max-Age=31536000; SameSite=Lax";

  // The server writes moments in the browser's zone once it knows it.
  const offset = -new Date().getTimezoneOffset();
  if (!document.cookie.includes("rollcall_offset=" + offset + ";")) document.cookie = "rollcall_offset=" + offset + year;

  const two = (number) => String(number).padStart(2, "0");
  const length = (seconds) => {
    seconds = Math.max(0, Math.floor(seconds));
    const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24, minutes = Math.floor(seconds / 60) % 60;
    if (days) return days + "d " + two(hours) + "h";
    if (hours) return hours + "h " + two(minutes) + "m";
    if (minutes) return minutes + "m " + two(seconds % 60) + "s";
    return seconds + "s";
  };
  const written = (at, form) => {
    const date = at.getFullYear() + "-" + two(at.getMonth() + 1) + "-" + two(at.getDate());
    const time = two(at.getHours()) + ":" + two(at.getMinutes());
    if (form === "short") return at.getFullYear() === new Date().getFullYear() ? date.slice(5) + " " + time : date;
    return form === "date" ? date : form === "time" ? time + ":" + two(at.getSeconds()) : date + " " + time;
  };
  const put = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };
  const tick = (from = document) => {
    const now = Date.now();
    for (const time of $$("time[data-since]", from)) put(time, length((now - Date.parse(time.dateTime)) / 1000));
    for (const time of $$("time[data-until]", from)) put(time, length((Date.parse(time.dateTime) - now) / 1000));
  };
  const place = (from = document) => {
    for (const time of $$("time[data-form]", from)) {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) put(time, written(at, time.dataset.form));
    }
    tick(from);
  };
  place();
  setInterval(() => document.hidden || tick(), 1000);

  // On a phone the menu is longer than the screen.
  const here = $(".side [aria-current]");
  if (here && here.offsetLeft + here.offsetWidth > here.parentElement.clientWidth) here.parentElement.scrollLeft = here.offsetLeft - 60;

  // Said for a moment, and read aloud once.
  const say = (text, tone = "calm") => {
    const toasts = $("#toasts");
    if (!toasts || !text) return;
    const note = document.createElement("p");
    note.className = "note " + tone;
    note.textContent = text;
    toasts.append(note);
    setTimeout(() => note.remove(), 5000);
  };

  // Dialogs: a link's page in a dialog, with its own address for who has no scripts.
  const dialog = $("#dialog");
  let opener = null;
  const close = () => {
    for (const open of $$("dialog[open]")) open.close();
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  };
  const show = (box) => {
    if (box.open) return;
    opener = opener || document.activeElement;
    box.showModal();
  };
  const openDialog = async (href, from) => {
    if (!dialog || !window.htmx) {
      location.href = href;
      return;
    }
    opener = from || document.activeElement;
    // Each place has a turn of its own: one does not wait for another.
    await htmx.ajax("GET", href, { source: dialog, target: "#dialog", swap: "innerHTML" });
    if (dialog.firstElementChild) show(dialog);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0 && window.htmx) {
      event.preventDefault();
      openDialog(link.getAttribute("href"), link);
      return;
    }
    if (event.target.closest("[data-close]") && $("dialog[open]")) {
      event.preventDefault();
      close();
      return;
    }
    if (event.target.closest("[data-keys]")) show($("#keys"));
    const copy = event.target.closest("[data-copy]");
    if (copy) {
      const address = location.origin + copy.dataset.copy;
      const copied = () => say(words.wordsCopied + " " + address);
      // Where the browser doesn't let us, the address is there to be copied by hand.
      const shown = () => prompt(words.wordsCopy, address);
      if (navigator.clipboard) navigator.clipboard.writeText(address).then(copied, shown);
      else shown();
    }
    for (const menu of $$("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  // A click on what is around a dialog closes it.
  for (const box of $$("dialog")) {
    box.addEventListener("mousedown", (event) => {
      if (event.target === box && !box.querySelector("[data-launch]")) close();
    });
    box.addEventListener("close", () => {
      if (box.id !== "dialog") return;
      document.dispatchEvent(new CustomEvent("rollcall:closing"));
      box.replaceChildren();
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of $$("details.menu[open]")) {
      menu.open = false;
      $("summary", menu).focus();
    }
  });

  // The dark side can be had without a new page, in every page that is open.
  const themes = new BroadcastChannel("rollcall-theme");
  themes.onmessage = (event) => (root.dataset.theme = event.data);
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || !button.hasAttribute("data-theme-switch")) return;
    event.preventDefault();
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    document.cookie = "rollcall_theme=" + root.dataset.theme + year;
    themes.postMessage(root.dataset.theme);
  });

  // Sliders and numbers say the same.
  document.addEventListener("input", (event) => {
    const slide = event.target.closest("[data-slide]");
    if (!slide) return;
    for (const other of $$("input", slide)) if (other !== event.target) other.value = event.target.value;
  });
  document.addEventListener("click", (event) => {
    const preset = event.target.closest("[data-preset]");
    if (!preset) return;
    const slots = JSON.parse(preset.dataset.slots);
    const form = preset.closest("form");
    const set = (field, value) => {
      if (!field || value === undefined) return;
      field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    for (const field of $$("input[data-slot]", form)) {
      const slot = field.dataset.slot;
      if (slot === "cpu") set(field, slots.cpu);
      else if (slot !== "mem") set(field, slots[slot] || 0);
      else if (slots.mem) set(field, Math.round((slots.mem / 2 ** 30) * 10000) / 10000);
    }
    set(form.elements.shmem, preset.dataset.shmem);
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.hasAttribute || !field.hasAttribute("data-local-time")) return;
    const hidden = field.form.elements[field.name + "_at"];
    if (hidden) hidden.value = field.value ? new Date(field.value).toISOString() : "";
  });

  // What the server does not answer is said, and nothing pretends to have happened.
  document.addEventListener("htmx:error", () => say(words.wordsFailed, "bad"));
  document.addEventListener("htmx:response:error", () => say(words.wordsFailed, "bad"));
  document.addEventListener("htmx:after:swap", () => place());

  // A page that was there before its server asks until it is.
  if (body.hasAttribute("data-retry")) {
    const again = async () => {
      try {
        const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
        // A reload would send a form again.
        if (answer.status !== 503 && answer.status !== 502) return location.replace(location.href);
      } catch (error) {
        // Not yet.
      }
      setTimeout(again, document.hidden ? 10000 : 1500);
    };
    setTimeout(again, 1500);
  }

  window.rollcall = { $, $$, say, place, length, openDialog, closeDialog: close, words };
})();
