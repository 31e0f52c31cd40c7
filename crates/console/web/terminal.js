// The terminal page: xterm.js on the websocket of a session. The ticket in the address's fragment is
// never sent to a server by the browser itself, and is worth nothing once the websocket took it.
"use strict";
(() => {
  const words = document.body.dataset;
  const status = document.getElementById("status");
  const given = new URLSearchParams(location.hash.slice(1));
  const session = given.get("session") || "";
  let ticket = given.get("ticket");
  // Neither the history nor a copied address keeps it.
  history.replaceState(null, "", location.pathname + "#session=" + encodeURIComponent(session));
  document.title = (given.get("name") || session.slice(0, 8)) + " · " + document.title;

  // As the console's pages are, chosen there or by the system, also when that changes.
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = () =>
    (root.dataset.theme ? root.dataset.theme === "dark" : system.matches)
      ? { background: "#11151a", foreground: "#e4e8ee", cursor: "#8ab4f8" }
      : { background: "#ffffff", foreground: "#1b1f24", cursor: "#1a56c4", selectionBackground: "#b9d2ff" };
  const terminal = new Terminal({ cursorBlink: true, fontSize: 14, scrollback: 10000, theme: theme(), minimumContrastRatio: 4.5 });
  const paint = () => (terminal.options.theme = theme());
  system.addEventListener("change", paint);
  const themes = new BroadcastChannel("rollcall-theme");
  themes.onmessage = (event) => {
    root.dataset.theme = event.data;
    paint();
  };
  const fit = new FitAddon.FitAddon();
  terminal.loadAddon(fit);
  terminal.open(document.getElementById("terminal"));

  let socket = null;
  let tries = 0;
  let over = false;
  const say = (text) => {
    status.textContent = text;
    status.hidden = !text;
  };
  const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const send = (frame) => {
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
  };
  const encoder = new TextEncoder();
  terminal.onData((text) => send({ type: "stdin", chars: base64(encoder.encode(text)) }));
  terminal.onBinary((text) => send({ type: "stdin", chars: btoa(text) }));
  const size = () => {
    fit.fit();
    send({ type: "resize", rows: terminal.rows, cols: terminal.cols });
  };
  new ResizeObserver(size).observe(document.getElementById("terminal"));
  setInterval(() => send({ type: "ping" }), 20000);

  const end = (text) => {
    over = true;
    say(text);
  };

  // A new ticket for who is signed in; without one there is nothing to be done but to open it again.
  const draw = async () => {
    const answer = await fetch("/func/v1/sessions/" + encodeURIComponent(session) + "/terminal", { method: "POST" });
    if (answer.ok) return (await answer.json()).ticket;
    if (answer.status === 404) end(words.ended);
    else if (answer.status < 500 && answer.status !== 429) end(words.again);
    return null;
  };

  const connect = async () => {
    if (!ticket) {
      try {
        ticket = await draw();
      } catch (error) {
        ticket = null;
      }
    }
    if (over) return;
    if (!ticket) return retry();
    const scheme = location.protocol === "https:" ? "wss://" : "ws://";
    socket = new WebSocket(scheme + location.host + "/func/v1/terminal?ticket=" + encodeURIComponent(ticket));
    ticket = null;
    socket.onopen = () => {
      tries = 0;
      // What was shown comes again from the server.
      terminal.reset();
      say("");
      size();
      terminal.focus();
    };
    socket.onmessage = (event) => {
      const frame = JSON.parse(event.data);
      if (frame.type === "out") terminal.write(Uint8Array.from(atob(frame.data), (letter) => letter.charCodeAt(0)));
    };
    socket.onclose = retry;
  };

  const retry = () => {
    if (over) return;
    say(words.lost);
    tries += 1;
    setTimeout(connect, Math.min(500 * 2 ** Math.min(tries, 5), 10000));
  };

  say(words.connecting);
  connect();
})();
