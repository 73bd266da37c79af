/* SPDX-License-Identifier: MIT */
/* Axes: ranges, ticks and numbers. */

const axes = (() => {
  const whole = [1, 2, 5].flatMap((step) => [0, 1, 2, 3, 4, 5, 6, 7, 8].map((power) =>
    step * 10 ** power)).sort((a, b) => a - b);

  function show(value) {
    if (value == null) {
      return "–";
    }
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e6)
      ? value.toExponential(2).replace(/\.?0+e/, "e")
      : String(Number(value.toPrecision(4)));
  }

  /* about four at even distances of 1, 2 or 5 times a power of ten */
  function evenTicks(min, max) {
    const least = (max - min) / 4;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= least);
    const ticks = [];
    for (let i = Math.ceil(min / step); i * step <= max; i++) {
      ticks.push(i * step);
    }
    return ticks;
  }

  /* 1, 2, 5 times powers of ten; only the powers when there are many */
  function logTicks(min, max) {
    const decades = Math.log10(max / min);
    if (decades < 1) {
      return evenTicks(min, max);
    }
    const every = Math.max(1, Math.ceil(decades / 8));
    const steps = decades < 2.5 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let power = Math.floor(Math.log10(min)); power <= Math.log10(max); power += every) {
      for (const step of steps) {
        const tick = step * 10 ** power;
        if (tick >= min * (1 - 1e-9) && tick <= max * (1 + 1e-9)) {
          ticks.push(tick);
        }
      }
    }
    return ticks;
  }

  function widen(min, max, isLog, share) {
    if (isLog) {
      const factor = min < max ? (max / min) ** share : 2;
      return [min / factor, max * factor];
    }
    const room = min < max ? share * (max - min) : Math.max(0.1 * Math.abs(max), 1e-3);
    return [min - room, max + room];
  }

  /* as much of it as lies within the bounds, all of it when nothing does */
  function cut(min, max, bounds) {
    const low = Math.max(min, bounds.low), high = Math.min(max, bounds.high);
    return low < high ? [low, high] : [min, max];
  }

  /* bounds: { low, high } where the range shall not go further */
  function scale(isLog, share, bounds = { low: -Infinity, high: Infinity }) {
    return {
      time: false,
      distr: isLog ? 3 : 1,
      range: (plot, min, max) => min == null
        ? (isLog ? [0.1, 1] : [0, 1])
        : widen(...cut(min, max, bounds), isLog, share),
    };
  }

  function axis(label, isLog, size, isWhole = false) {
    const grid = { stroke: look.variable("--grid"), width: 1 };
    return {
      label,
      labelFont: "13px system-ui, sans-serif",
      font: "12px system-ui, sans-serif",
      labelSize: 22,
      size,
      stroke: look.variable("--soft"),
      grid,
      ticks: { ...grid, size: 5 },
      values: (plot, ticks) => ticks.map(show),
      ...(isWhole ? { incrs: whole } : {}),
      ...(isLog ? {
        splits: (plot, index, min, max) => logTicks(min, max),
        filter: (plot, ticks) => ticks,
      } : {}),
    };
  }

  return { show, scale, axis };
})();
