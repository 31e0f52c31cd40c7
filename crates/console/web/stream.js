// What a page follows: through the one stream that all pages of the browser share (`worker.js`).
"use strict";
(() => {
  const HERE = 20000;
  const as = document.body.dataset.as;
  const heard = new Map(); // name -> function
  let port = null;

  const connect = () => {
    if (port) return port;
    const address = document.querySelector("script[src*='/worker-']");
    try {
      port = new SharedWorker(address.src, { name: "rollcall" }).port;
    } catch (error) {
      const channel = new MessageChannel();
      window.rollcallStream(channel.port2);
      port = channel.port1;
    }
    port.start();
    port.onmessage = (event) => {
      const hear = heard.get(event.data.to);
      if (!hear) return;
      if (event.data.kind === "out") location.href = "/?next=" + encodeURIComponent(location.pathname + location.search);
      else hear(event.data);
    };
    return port;
  };

  // Follows what `what` gives, `{ have, columns, query }`, for as long as it gives something and the page is seen:
  // who looks elsewhere asks for nothing. The answer asks `what` again.
  window.rollcall.follow = (what, hear) => {
    const name = "l" + Math.random().toString(36).slice(2, 12) + Date.now().toString(36) + "-" + as;
    let follows = false;
    heard.set(name, hear);
    const leave = () => {
      if (!follows) return;
      follows = false;
      connect().postMessage({ act: "leave", name });
      hear({ kind: "left" });
    };
    const again = () => {
      const now = document.hidden ? null : what();
      if (!now) return leave();
      follows = true;
      connect().postMessage(Object.assign({ act: "follow", name }, now));
    };
    document.addEventListener("visibilitychange", again);
    window.addEventListener("pagehide", leave);
    window.addEventListener("pageshow", (event) => event.persisted && again());
    setInterval(() => follows && again(), HERE);
    again();
    return again;
  };
})();
