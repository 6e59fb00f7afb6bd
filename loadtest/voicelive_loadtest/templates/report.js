// Draws the charts of the report with uPlot: hover, zoom, hide.
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const light = ["#1f6fd0", "#b45f06", "#1e7f4f", "#6b7280", "#c22f3d"];
  const bright = ["#6aa9ff", "#f0a44c", "#52c98c", "#a3a9b5", "#ff7b86"];
  const colour = (number) => (dark.matches ? bright : light)[number];
  const text = () => (dark.matches ? "#d8dade" : "#333842");
  const grid = () => (dark.matches ? "#ffffff1f" : "#0000001a");
  const font = "12px system-ui, sans-serif";
  const drawn = [];

  const clock = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const whole = Math.round(seconds);
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60)];
    const rest = two(whole % 60);
    return hours ? `${hours}:${two(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
  };
  const figure = (value, unit) => {
    if (value == null) return "–";
    const digits = Math.abs(value) >= 100 ? value.toFixed(0) : +value.toFixed(1);
    return unit ? `${digits} ${unit}` : `${digits}`;
  };

  const seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  const whole = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2500, 10000];

  const series = (one, number) => {
    const look = {
      label: one.label,
      value: (plot, value) => figure(value, one.unit),
      stroke: () => colour(one.colour),
      width: 2,
      spanGaps: true,
    };
    if (one.mark === "dashed") Object.assign(look, { dash: [6, 4], width: 1.5 });
    if (one.mark === "steps") look.paths = uPlot.paths.stepped({ align: 1 });
    if (one.mark === "bars") {
      look.paths = uPlot.paths.bars({ size: [0.4, 12], align: number ? 1 : -1 });
      look.fill = () => colour(one.colour) + "99";
      look.width = 1;
      look.points = { show: false };
    }
    return look;
  };

  // The rows of a legend are buttons, for the keyboard too.
  const makeButtons = (plot) => {
    plot.root.querySelectorAll(".u-legend .u-series").forEach((row, number) => {
      const label = row.querySelector("th");
      if (number === 0 || !label) return;
      label.tabIndex = 0;
      label.setAttribute("role", "button");
      label.setAttribute("aria-pressed", "true");
      const update = () =>
        label.setAttribute("aria-pressed", String(plot.series[number].show));
      label.addEventListener("click", () => setTimeout(update));
      label.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        plot.setSeries(number, { show: !plot.series[number].show });
        update();
      });
    });
  };

  const size = (place) => ({
    width: Math.max(240, Math.floor(place.clientWidth)),
    height: place.clientWidth < 500 ? 210 : 250,
  });

  const draw = (place, chart) => {
    const axis = { stroke: text, grid: { stroke: grid }, ticks: { stroke: grid } };
    const units = new Set(chart.series.map((one) => one.unit));
    const unit = units.size === 1 ? [...units][0] : "";
    const label = (value) => (chart.is_time ? clock(value) : figure(value, ""));
    const options = {
      ...size(place),
      scales: {
        x: { time: false },
        // From 0, with a margin at the top.
        y: { range: (plot, least, most) => [0, Math.max(1, 1.08 * (most ?? 0))] },
      },
      axes: [
        {
          ...axis,
          font,
          space: 60,
          incrs: chart.is_time ? seconds : whole,
          values: (plot, ticks) => ticks.map(label),
        },
        {
          ...axis,
          font,
          size: 76,
          values: (plot, ticks) => ticks.map((value) => figure(value, unit)),
        },
      ],
      series: [
        { label: chart.x_label, value: (plot, x) => (x == null ? "–" : label(x)) },
        ...chart.series.map(series),
      ],
      cursor: { drag: { x: true, y: false } },
      hooks: { ready: [makeButtons] },
    };
    if (chart.is_time) options.cursor.sync = { key: "time" };
    const data = [chart.x, ...chart.series.map((one) => one.values)];
    const plot = new uPlot(options, data, place);
    drawn.push(plot);
    new ResizeObserver(() => {
      const wanted = size(place);
      if (wanted.width !== plot.width) plot.setSize(wanted);
    }).observe(place);
  };

  document.querySelectorAll("[data-chart]").forEach((place) => {
    draw(place, charts[Number(place.dataset.chart)]);
  });
  dark.addEventListener("change", () => {
    for (const plot of drawn) plot.redraw(false, true);
  });
})();
