// Curves of what a session uses (uPlot), in the drawer and on its own page.
"use strict";
(() => {
  const { $, $$ } = window.rollcall;
  const drawn = new WeakSet();
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const draw = (place, title, times, values) => {
    const options = {
      width: Math.max(200, place.clientWidth),
      height: 130,
      legend: { show: false },
      cursor: { y: false },
      title,
      axes: [
        { stroke: colour("--soft"), grid: { stroke: colour("--line") }, font: "12px sans-serif", size: 28 },
        { stroke: colour("--soft"), grid: { stroke: colour("--line") }, font: "12px sans-serif", size: 44 },
      ],
      scales: { y: { range: (chart, least, most) => [0, Math.max(most * 1.1, 0.01)] } },
      series: [{}, { stroke: colour("--bar"), width: 1.5, spanGaps: false, points: { show: false } }],
    };
    return new uPlot(options, [times, values], place);
  };
  // Only who opens a session needs the library.
  let library = null;
  const load = (place) =>
    (library =
      library ||
      new Promise((resolve) => {
        const style = document.createElement("link");
        style.rel = "stylesheet";
        style.href = place.dataset.style;
        const script = document.createElement("script");
        script.src = place.dataset.script;
        script.onload = () => resolve(true);
        script.onerror = () => resolve(false);
        document.head.append(style, script);
      }));
  const fill = async (place) => {
    if (drawn.has(place) || !place.dataset.script) return;
    drawn.add(place);
    if (!(await load(place))) return;
    const answer = await fetch(place.dataset.charts).catch(() => null);
    if (!answer || answer.status !== 200) return;
    const usage = await answer.json();
    // What lasted longer than the fine points do is shown as a whole.
    const lasts = (line) => (line ? line.cpu.length * line.step : 0);
    const curve = lasts(usage.whole) > lasts(usage.recent) ? usage.whole : usage.recent;
    if (!curve || curve.cpu.length < 2) {
      const note = document.createElement("p");
      note.className = "chart-words";
      note.textContent = place.dataset.none;
      place.replaceChildren(note);
      // There may be one the next time.
      drawn.delete(place);
      return;
    }
    place.replaceChildren();
    const from = Date.parse(curve.until) / 1000 - curve.cpu.length * curve.step;
    const times = curve.cpu.map((_, at) => from + at * curve.step);
    draw(place, place.dataset.cpu, times, curve.cpu);
    draw(place, place.dataset.mem, times, curve.mem.map((bytes) => (bytes === null ? null : bytes / 2 ** 30)));
  };
  const all = () => $$("[data-charts]").forEach(fill);
  document.addEventListener("htmx:after:swap", all);
  all();

  // A page of its own is as alive as the list: it follows the list that holds this session alone.
  const own = $("#session");
  if (!own || !window.htmx) return;
  const asked = () => ({ have: "", columns: "session", query: $("[data-follow]", own).dataset.follow });
  let due = false;
  let at = false;
  const refresh = async () => {
    due = true;
    // What is typed or read stays as long as it is.
    if (at || own.contains(document.activeElement) && document.activeElement.matches("input, textarea")) return;
    at = true;
    try {
      while (due) {
        due = false;
        await htmx.ajax("GET", $("[data-refresh]", own).dataset.refresh, { source: own, target: "#session", swap: "innerMorph" });
      }
    } finally {
      at = false;
    }
    again();
  };
  own.addEventListener("focusout", () => due && setTimeout(refresh, 0));
  const again = window.rollcall.follow(asked, (message) => {
    if (message.kind === "page" || message.kind === "change") refresh();
  });
})();
