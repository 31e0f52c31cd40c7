// The tabs of one browser share one stream of events: a browser opens only few connections to an address.
// Runs as a shared worker, or, where there is none, in the page itself (`stream.js`).
"use strict";
(() => {
  // A page says every 20 s that it is there; one that crashed does not, and is forgotten.
  const FORGOTTEN = 90000;
  const lists = new Map(); // name -> {port, have, columns, query, seen, last}
  let stream = null;
  let generation = 0;
  let tries = 0;
  let timer = null;

  const tell = (name, message) => {
    const list = lists.get(name);
    if (list) list.port.postMessage(Object.assign({ to: name }, message));
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
    for (const list of lists.values()) list.last = null;
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
        if (!list) return;
        if (data.have) list.have = data.have;
        // What a page that asks again is told of how its list stands.
        list.last = kind === "lost" ? { kind } : kind === "refused" ? { kind, reason: data.reason } : { kind: "same" };
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

  const follow = (port, { name, have, columns, query }) => {
    const known = lists.get(name);
    const same = known && known.columns === columns && known.query === query;
    lists.set(name, { port, have, columns, query, seen: Date.now(), last: same ? known.last : null });
    if (same) {
      if (known.last) tell(name, known.last);
      return;
    }
    tries = 0;
    reopen();
  };
  const take = (port) => {
    port.onmessage = (event) => {
      const message = event.data;
      if (message.act === "follow") follow(port, message);
      else if (message.act === "leave" && lists.delete(message.name)) reopen();
    };
    if (port.start) port.start();
  };
  setInterval(() => {
    const gone = [...lists].filter(([, list]) => Date.now() - list.seen > FORGOTTEN);
    for (const [name] of gone) lists.delete(name);
    if (gone.length) reopen();
  }, 30000);

  if (typeof SharedWorkerGlobalScope !== "undefined" && self instanceof SharedWorkerGlobalScope) {
    self.onconnect = (event) => take(event.ports[0]);
  } else {
    self.rollcallStream = take;
  }
})();
