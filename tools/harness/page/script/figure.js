/* SPDX-License-Identifier: MIT */
/* A figure: its plot instead of the picture, what can be chosen, what the cursor is at. */

class FigureView {
  constructor(figure, arms) {
    this.figure = figure;
    this.arms = arms;
    this.x = figure.views[0].x;
    this.y = figure.views[0].y;
    this.isLogX = figure.views[0].logX;
    this.isLogY = false;
    this.showsSeeds = true;
    this.showsAllY = false;
    this.companions = [this];
    const host = document.getElementById(figure.id);
    this.place = host.querySelector(".plot");
    this.readout = element("p", { class: "readout" });
    host.insertBefore(this.makeToolbar(), this.place);
    this.place.after(this.readout);
    this.place.setAttribute("tabindex", "0");
    this.place.setAttribute("role", "group");
    this.place.setAttribute("aria-label",
      `${host.querySelector("h3").textContent}: arrows move the cursor, plus and minus zoom`);
    this.place.addEventListener("keydown", (event) => this.onKey(event));
    this.draw();
    new ResizeObserver(() => this.resize()).observe(this.place);
  }

  view() {
    return this.figure.views.find((view) => view.x === this.x && view.y === this.y)
      ?? this.figure.views.find((view) => view.y === this.y)
      ?? this.figure.views[0];
  }

  isShown(trace) {
    return !this.arms.hidden.has(trace.arm) && (trace.kind !== "seed" || this.showsSeeds);
  }

  size() {
    const width = Math.max(240, Math.floor(this.place.clientWidth));
    return { width, height: Math.round(Math.min(340, Math.max(240, 0.5 * width))) };
  }

  draw() {
    this.plot?.destroy();
    this.place.textContent = "";
    this.plot = plots.make(this.place, this.view(), {
      ...this.size(),
      group: this.figure.group,
      isLogX: this.isLogX,
      isLogY: this.isLogY,
      showsAllY: this.showsAllY,
      isShown: (trace) => this.isShown(trace),
      onCursor: (plot) => this.onCursor(plot),
      onReady: ({ scales }) => this.home = { min: scales.x.min, max: scales.x.max },
    });
    this.onCursor(this.plot);
  }

  resize() {
    const { width, height } = this.size();
    if (width !== this.plot.width || height !== this.plot.height) {
      this.plot.setSize({ width, height });
    }
  }

  refresh() {
    plots.refresh(this.plot, (trace) => this.isShown(trace));
    this.onCursor(this.plot);
  }

  /* ---- choices ---- */

  makeToolbar() {
    const { views } = this.figure;
    const xs = [...new Set(views.map((view) => view.x))];
    const ys = [...new Set(views.map((view) => view.y))];
    const bar = element("div", { class: "toolbar" });
    if (ys.length > 1) {
      bar.append(this.makeMenu(ys));
    }
    if (xs.length > 1) {
      this.clocks = choice("against", xs, this.x, (x) => this.choose({ x }));
      bar.append(this.clocks);
    }
    bar.append(element("span", { class: "choice", role: "group", "aria-label": "axes" },
      toggleButton("log x", this.isLogX, (isLogX) => this.choose({ isLogX })),
      toggleButton("log y", false, (isLogY) => this.choose({ isLogY }, [this])),
      ...(views.some(plots.isCut)
        ? [toggleButton("all y", false, (showsAllY) => this.choose({ showsAllY }, [this]))]
        : [])));
    if (views.some((view) => view.traces.some((trace) => trace.kind === "seed"))) {
      bar.append(toggleButton("seeds", this.showsSeeds, (shows) => {
        this.showsSeeds = shows;
        this.refresh();
      }));
    }
    bar.append(this.makeZoom());
    return bar;
  }

  makeMenu(ys) {
    const menu = element("select", {
      "aria-label": "shown",
      change: () => this.choose({ y: menu.value }, [this]),
    }, ...ys.map((y) => element("option", { value: y }, y)));
    return menu;
  }

  makeZoom() {
    const button = (label, title, click) =>
      element("button", { type: "button", title, "aria-label": title, click }, label);
    return element("span", { class: "choice zoom", role: "group", "aria-label": "zoom" },
      button("+", "zoom in", () => this.zoom(0.5)),
      button("−", "zoom out", () => this.zoom(2)),
      button("⟲", "whole range", () => this.reset()));
  }

  choose(change, figures = this.companions) {
    for (const figure of figures) {
      Object.assign(figure, change);
      figure.clocks?.choose(figure.x);
      figure.draw();
    }
  }

  /* ---- zoom ---- */

  range() {
    const { min, max } = this.plot.scales.x;
    return { min, max };
  }

  setRange(range) {
    for (const figure of this.companions) {
      figure.plot.setScale("x", range);
    }
  }

  /* around the cursor, or the middle */
  zoom(factor) {
    const { min, max } = this.range();
    const toLine = this.isLogX ? Math.log10 : Number;
    const fromLine = this.isLogX ? (value) => 10 ** value : Number;
    const low = toLine(min), high = toLine(max);
    const left = this.plot.cursor.left;
    const at = left > 0 ? toLine(this.plot.posToVal(left, "x")) : (low + high) / 2;
    this.setRange({
      min: Math.max(this.home.min, fromLine(at - factor * (at - low))),
      max: Math.min(this.home.max, fromLine(at + factor * (high - at))),
    });
  }

  reset() {
    this.setRange(this.home);
  }

  /* ---- cursor ---- */

  onKey(event) {
    const moves = { ArrowLeft: -1, ArrowRight: 1 };
    const zooms = { "+": () => this.zoom(0.5), "-": () => this.zoom(2), Escape: () => this.reset() };
    if (event.key in moves) {
      this.moveCursor(moves[event.key]);
    } else if (event.key in zooms) {
      zooms[event.key]();
    } else {
      return;
    }
    event.preventDefault();
  }

  moveCursor(step) {
    const places = this.plot.data[0];
    const at = this.plot.cursor.idx ?? (step > 0 ? -1 : places.length);
    const next = Math.min(Math.max(at + step, 0), places.length - 1);
    this.plot.setCursor({ left: this.plot.valToPos(places[next], "x"), top: 10 });
  }

  onCursor(plot) {
    const at = plot.cursor.idx;
    const rows = plot.rows ?? [];
    this.readout.textContent = "";
    if (at == null || plot.cursor.left < 0) {
      this.readout.append("\u00a0");
      return;
    }
    this.readout.append(element("span", {}, `${plot.axes[0].label} ${axes.show(plot.data[0][at])}`));
    rows.forEach(({ trace, kind }, i) => {
      if (["line", "steps", "points"].includes(kind) && plot.series[i + 1].show) {
        const place = plot.cursor.dataIdx(plot, i + 1, at);
        this.readout.append(element("span", { class: `value c${trace.arm % 7}` },
          element("bdi", {}, data.arms[trace.arm]), ` ${axes.show(plot.data[i + 1][place])}`));
      }
    });
  }
}
