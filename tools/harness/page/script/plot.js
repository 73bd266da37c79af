/* SPDX-License-Identifier: MIT */
/* One view of a figure as a uPlot. */

const plots = (() => {
  const widths = { line: 2, steps: 2, seed: 1, points: 0, band: 0 };

  /* logarithms only of what is positive */
  function positive(values, isLog) {
    return isLog ? values.map((value) => value > 0 ? value : null) : values;
  }

  /* traces as uPlot's series, bands as two more of them */
  function listSeries(view, isLogX, isLogY) {
    const series = [], tables = [], bands = [];
    function add(trace, kind, values) {
      series.push({ trace, kind });
      const isPlaced = (value, i) => trace.x[i] != null && (!isLogX || trace.x[i] > 0);
      tables.push([trace.x.filter(isPlaced), positive(values, isLogY).filter(isPlaced)]);
    }
    for (const trace of view.traces) {
      if (trace.high) {
        add(trace, "band", trace.high);
        add(trace, "band", trace.low);
        bands.push({
          series: [series.length - 1, series.length],
          fill: look.withOpacity(look.colour(trace.arm), 0.16),
        });
      }
      add(trace, trace.kind, trace.y);
    }
    return { series, tables, bands };
  }

  function describe({ trace, kind }, isShown) {
    const colour = look.colour(trace.arm);
    const options = {
      label: data.arms[trace.arm],
      show: isShown(trace),
      width: widths[kind],
      points: { show: false },
    };
    if (kind === "line" || kind === "steps") {
      options.stroke = colour;
      options.dash = look.dash(trace.arm, devicePixelRatio);
    } else if (kind === "seed") {
      options.stroke = look.withOpacity(colour, 0.3);
    }
    if (kind === "steps") {
      options.paths = uPlot.paths.stepped({ align: 1 });
    } else if (kind === "points") {
      options.paths = () => null;
    }
    return options;
  }

  /* series have values at their own places only: the nearest of them */
  function nearest(plot, index, at) {
    const values = plot.data[index];
    for (let away = 0; at != null && away < values.length; away++) {
      if (values[at - away] != null) {
        return at - away;
      }
      if (values[at + away] != null) {
        return at + away;
      }
    }
    return at;
  }

  function drawPoints(plot, series) {
    series.forEach(({ trace, kind }, i) => {
      if (kind !== "points" || !plot.series[i + 1].show) {
        return;
      }
      const radius = 5 * devicePixelRatio;
      trace.x.forEach((value, k) => {
        const x = plot.valToPos(value, "x", true), y = plot.valToPos(trace.y[k], "y", true);
        const box = plot.bbox;
        if (value == null || trace.y[k] == null || !isFinite(x) || x < box.left - 1
            || x > box.left + box.width + 1 || !isFinite(y)) {
          return;
        }
        look.drawMark(plot.ctx, trace.arm, x, y, radius);
        if (trace.x.length === 1) {
          drawName(plot, trace.arm, x, y);
        }
      });
    });
  }

  function drawName(plot, arm, x, y) {
    const context = plot.ctx, box = plot.bbox;
    const isRight = x > box.left + 0.65 * box.width;
    const name = data.arms[arm];
    context.save();
    context.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
    context.fillStyle = look.variable("--ink");
    context.direction = "ltr";
    context.textAlign = isRight ? "right" : "left";
    context.textBaseline = "middle";
    context.fillText(name.length > 28 ? name.slice(0, 27) + "…" : name,
      x + (isRight ? -10 : 10) * devicePixelRatio, y);
    context.restore();
  }

  function drawReference(plot, reference) {
    const y = Math.round(plot.valToPos(reference, "y", true));
    const box = plot.bbox, context = plot.ctx;
    if (reference == null || y < box.top || y > box.top + box.height) {
      return;
    }
    context.save();
    context.setLineDash([]);
    context.strokeStyle = look.variable("--soft");
    context.lineWidth = devicePixelRatio;
    context.beginPath();
    context.moveTo(box.left, y);
    context.lineTo(box.left + box.width, y);
    context.stroke();
    context.restore();
  }

  /* whether the beginning lies beyond the range that is shown at first */
  function isCut(view) {
    return view.low != null;
  }

  /* options: width, height, group, isLogX, isLogY, showsAllY, isShown(trace),
   * onCursor(plot), onReady(plot) */
  function make(host, view, options) {
    const { isLogX, isLogY } = options;
    const bounds = isCut(view) && !isLogY && !options.showsAllY ? view : undefined;
    const { series, tables, bands } = listSeries(view, isLogX, isLogY);
    const hasPoints = series.some(({ kind }) => kind === "points");
    const plot = new uPlot({
      width: options.width,
      height: options.height,
      padding: [12, 20, 0, 0],
      legend: { show: false },
      series: [{}, ...series.map((row) => describe(row, options.isShown))],
      bands,
      scales: {
        x: axes.scale(isLogX, hasPoints ? 0.08 : 0),
        y: axes.scale(isLogY, 0.05, bounds),
      },
      axes: [axes.axis(view.x, isLogX, 34, view.wholeX), axes.axis(view.y, isLogY, 54)],
      cursor: {
        drag: { x: true, y: false, setScale: true },
        dataIdx: nearest,
        points: { size: (u, i) => ["line", "steps"].includes(series[i - 1].kind) ? 7 : 0 },
        ...(options.group ? { sync: { key: options.group, scales: ["x", null] } } : {}),
      },
      hooks: {
        ready: [(u) => options.onReady(u)],
        setCursor: [(u) => options.onCursor(u)],
        drawAxes: [(u) => drawReference(u, view.reference)],
        draw: [(u) => drawPoints(u, series)],
      },
    }, uPlot.join(tables), host);
    plot.rows = series;
    return plot;
  }

  /* show what isShown says */
  function refresh(plot, isShown) {
    plot.batch(() => plot.rows.forEach(({ trace }, i) => {
      if (plot.series[i + 1].show !== isShown(trace)) {
        plot.setSeries(i + 1, { show: isShown(trace) });
      }
    }));
  }

  return { isCut, make, refresh };
})();
