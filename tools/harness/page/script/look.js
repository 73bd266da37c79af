/* SPDX-License-Identifier: MIT */
/* Colours, dashes and marks of arms on a canvas, the same as in style/colours.css and
 * marks.c. */

const look = (() => {
  const nColours = 7;
  const dashes = [[], [9, 4], [2, 3], [9, 3, 2, 3], [5, 3]];
  const shapes = [
    (path, r) => path.arc(0, 0, r, 0, 2 * Math.PI),
    (path, r) => path.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
    (path, r) => polygon(path, [[0, -1.2 * r], [1.2 * r, 0.8 * r], [-1.2 * r, 0.8 * r]]),
    (path, r) => polygon(path, [[0, -1.2 * r], [1.2 * r, 0], [0, 1.2 * r], [-1.2 * r, 0]]),
    (path, r) => {
      path.moveTo(-r, -r); path.lineTo(r, r);
      path.moveTo(r, -r); path.lineTo(-r, r);
    },
    (path, r) => polygon(path, [[0, 1.2 * r], [1.2 * r, -0.8 * r], [-1.2 * r, -0.8 * r]]),
  ];

  function polygon(path, corners) {
    corners.forEach(([x, y], i) => i ? path.lineTo(x, y) : path.moveTo(x, y));
    path.closePath();
  }

  function variable(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  function colour(arm) {
    return variable("--c" + arm % nColours);
  }

  function withOpacity(hex, opacity) {
    return hex + Math.round(255 * opacity).toString(16).padStart(2, "0");
  }

  function dash(arm, ratio) {
    const pattern = dashes[(arm + Math.floor(arm / nColours)) % dashes.length];
    return pattern.map((length) => length * ratio);
  }

  function drawMark(context, arm, x, y, radius) {
    context.save();
    context.translate(x, y);
    context.setLineDash([]);
    context.beginPath();
    shapes[arm % shapes.length](context, radius);
    context.lineWidth = radius / 2.5;
    context.strokeStyle = context.fillStyle = colour(arm);
    context.fill();
    context.stroke();
    context.restore();
  }

  return { variable, colour, withOpacity, dash, drawMark };
})();
