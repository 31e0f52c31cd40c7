// The tabs of one browser share one stream of events: a browser opens only few connections to an address.
// Runs as a shared worker, or, where there is none, in the page itself (`live.js`).
"use strict";
(() => {
  const lists = new Map(); // name -> {ask, port, have}
  let stream = null;
  let generation = 0;
  let tries = 0;
  let timer = null;

  const tell = (name, message) => {
    const list = lists.get(name);
    if (list) list.port.postMessage(message);
  };
  const tellAll = (message) => {
    for (const name of lists.keys()) tell(name, message);
  };
  const close = () => {
    generation += 1;
    clearTimeout(timer);
    if (stream) stream.close();
    stream = null;
  };

  const open = () => {
    close();
    if (!lists.size) return;
    const own = generation;
    const query = [...lists].map(([name, list]) => "list=" + encodeURIComponent([name, list.have, list.columns, list.query].join(":")));
    const source = new EventSource("/live?" + query.join("&"));
    stream = source;
    source.onopen = () => {
      if (own !== generation) return;
      tries = 0;
      tellAll({ kind: "open" });
    };
    for (const kind of ["page", "same", "change", "lost", "again", "out", "refused"]) {
      source.addEventListener(kind, (event) => {
        if (own !== generation) return;
        const data = JSON.parse(event.data);
        const list = lists.get(data.list);
        if (list && data.have) list.have = data.have;
        tell(data.list, Object.assign(data, { kind }));
      });
    }
    source.onerror = () => {
      if (own !== generation) return;
      close();
      tries += 1;
      tellAll({ kind: "down", tries });
      // Soon at first; later every few seconds, for the server may be away for long.
      const pause = Math.min(250 * 2 ** (tries - 1), 5000);
      timer = setTimeout(open, pause);
    };
  };

  let soon = null;
  const reopen = () => {
    clearTimeout(soon);
    // Several tabs may come at once.
    soon = setTimeout(open, 5);
  };

  const take = (port) => {
    port.onmessage = (event) => {
      const message = event.data;
      if (message.act === "follow") {
        lists.set(message.name, { port, have: message.have, columns: message.columns, query: message.query });
        tries = 0;
        reopen();
      } else if (message.act === "have") {
        const list = lists.get(message.name);
        if (list) list.have = message.have;
      } else if (message.act === "leave" && lists.delete(message.name)) {
        reopen();
      }
    };
    if (port.start) port.start();
  };

  if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
    self.onconnect = (event) => take(event.ports[0]);
  } else {
    self.rollcallStream = take;
  }
})();
