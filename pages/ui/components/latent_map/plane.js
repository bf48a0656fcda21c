// The plane on a canvas: what part of it is seen, and the encoded images drawn on it.
//
// What is seen is measured in the units of the axes shown: prior deviations, or percentiles of the
// prior, in which the plane is a square and its crowded middle spreads out.

const AXES = {
  z: { into: (v) => v, back: (v) => v, unit: (v) => String(round(v)) },
  percentiles: { into: cdf, back: quantile, unit: (v) => `${round(100 * v)}%` },
};

class Plane {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.side = 1; // CSS pixels
    this.axes = "z";
    this.homes = { z: { x: 0, y: 0, half: 3 }, percentiles: { x: 0.5, y: 0.5, half: 0.5 } };
    this.view = { ...this.home }; // the middle, and half of what is seen
  }

  get home() {
    return this.homes[this.axes];
  }

  resize(side) {
    const density = globalThis.devicePixelRatio || 1;
    this.side = side;
    this.canvas.width = this.canvas.height = Math.round(side * density);
    this.context.setTransform(density, 0, 0, density, 0, 0);
  }

  // All but the outermost two in a thousand points; a few lie so far out that the rest would be small.
  fit(atlas) {
    const { points } = atlas;
    const part = (values, p) => values[Math.floor(p * (values.length - 1))];
    const xs = points.filter((_, i) => i % 2 === 0).sort();
    const ys = points.filter((_, i) => i % 2 === 1).sort();
    const most = square(part(xs, 0.001), part(xs, 0.999), part(ys, 0.001), part(ys, 0.999));
    this.whole = square(atlas.x[0], atlas.x.at(-1), atlas.y[0], atlas.y.at(-1));
    this.homes.z = this.whole.half < 1.3 * most.half ? this.whole : most;
    this.points = points;
    this.show(this.axes);
  }

  // The usual view, or from there the whole of the atlas.
  fitNext() {
    const { x, y, half } = this.view;
    const atHome = x === this.home.x && y === this.home.y && half === this.home.half;
    this.view = { ...(atHome && this.axes === "z" ? this.whole : this.home) };
  }

  show(axes) {
    this.axes = axes;
    this.view = { ...this.home };
    this.placed = this.points.map(AXES[axes].into); // the points in the units of the axes
  }

  get scale() {
    return this.side / (2 * this.view.half); // CSS pixels per unit
  }

  toScreen(z) {
    const { into } = AXES[this.axes];
    return this.fromUnits([into(z[0]), into(z[1])]);
  }

  fromUnits([x, y]) {
    const { view, scale, side } = this;
    return [side / 2 + (x - view.x) * scale, side / 2 - (y - view.y) * scale];
  }

  toUnits([left, top]) {
    const { view, scale, side } = this;
    return [view.x + (left - side / 2) / scale, view.y - (top - side / 2) / scale];
  }

  toPlane(at) {
    return this.toUnits(at).map(AXES[this.axes].back);
  }

  // The ends of what is seen, in the units of the axes: [left, right], [bottom, top].
  get extent() {
    const { x, y, half } = this.view;
    const ends = [
      [x - half, x + half],
      [y - half, y + half],
    ];
    if (this.axes === "z") return ends;
    return ends.map((pair) => pair.map((v) => Math.min(Math.max(v, 0), 1)));
  }

  // Zoom so that the place under the finger stays under it.
  zoom(factor, at = [this.side / 2, this.side / 2]) {
    const [x, y] = this.toUnits(at);
    const half = this.possible(this.view.half * factor);
    const kept = half / this.view.half;
    this.view = { x: x + (this.view.x - x) * kept, y: y + (this.view.y - y) * kept, half };
  }

  possible(half) {
    const widest = this.axes === "z" ? 1.2 * this.whole.half : 0.6;
    return Math.min(Math.max(half, this.home.half / 200), widest);
  }

  pan(right, down) {
    this.view.x -= right / this.scale;
    this.view.y += down / this.scale;
  }

  // The nearest encoded image on the screen: its index and its distance in CSS pixels.
  nearest(at, { labels }, shown) {
    const [x, y] = this.toUnits(at);
    const { placed } = this;
    let best = Infinity;
    let index = -1;
    for (let i = 0; i < labels.length; i++) {
      if (!shown[labels[i]]) continue;
      const dx = placed[2 * i] - x;
      const dy = placed[2 * i + 1] - y;
      const square = dx * dx + dy * dy;
      if (square < best) [best, index] = [square, i];
    }
    return [index, Math.sqrt(best) * this.scale];
  }

  // ---- drawing ----

  draw(atlas, top, shown, theme) {
    this.context.clearRect(0, 0, this.side, this.side);
    this.drawPrior(atlas, theme);
    if (top === "contours") this.drawContours(atlas, shown);
    if (top === "points") this.drawPoints(atlas, shown, theme);
    this.drawScales(atlas, theme);
    if (top === "contours") this.drawNames(atlas, shown, theme);
  }

  drawPoints(atlas, shown, theme) {
    const visible = this.visible(atlas, shown);
    if (visible.length < 500) {
      this.drawGlyphs(atlas, visible, theme);
      return;
    }
    this.drawDots(atlas, visible);
    this.drawNames(atlas, shown, theme);
  }

  // A line through places of the plane.
  trace(places, closed = false) {
    const { context } = this;
    context.beginPath();
    places.forEach((z, i) => context[i ? "lineTo" : "moveTo"](...this.toScreen(z)));
    if (closed) context.closePath();
  }

  // Where the prior is: rings that enclose given shares of it.
  drawPrior({ prior }, theme) {
    const { context } = this;
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    for (const [, radius] of prior) {
      this.trace(ring([0, 0], radius), true);
      context.stroke();
    }
  }

  // What the rings enclose, and the units along two edges.
  drawScales({ prior }, theme) {
    const { context, side } = this;
    context.font = `11px ${theme.font}`;
    context.textBaseline = "middle";
    context.textAlign = "center";
    const note = (text, at) => this.write(text, ...at, theme.quiet, theme.background, 3);
    for (const [share, radius] of prior) {
      note(`${round(100 * share)}%`, this.toScreen([radius * Math.SQRT1_2, radius * Math.SQRT1_2]));
    }
    const [across, up] = this.extent;
    const unit = AXES[this.axes].unit;
    const step = niceStep((70 * 2 * this.view.half) / side);
    for (const v of multiples(step, ...across)) {
      const [left] = this.fromUnits([v, 0]);
      if (left > 150 && left < side - 40) note(unit(v), [left, side - 9]);
    }
    context.textAlign = "right";
    for (const v of multiples(step, ...up)) {
      const [, top] = this.fromUnits([0, v]);
      if (top > 14 && top < side - 20) note(unit(v), [side - 5, top]);
    }
  }

  write(text, left, top, colour, halo, width) {
    const { context } = this;
    context.lineJoin = "round";
    context.lineWidth = width;
    context.strokeStyle = halo;
    context.strokeText(text, left, top);
    context.fillStyle = colour;
    context.fillText(text, left, top);
  }

  visible({ labels }, shown) {
    const { view, placed } = this;
    const found = [];
    for (let i = 0; i < labels.length; i++) {
      const near =
        Math.abs(placed[2 * i] - view.x) < view.half && Math.abs(placed[2 * i + 1] - view.y) < view.half;
      if (near && shown[labels[i]]) found.push(i);
    }
    return found;
  }

  drawDots({ labels, colours }, visible) {
    const { context, placed } = this;
    const radius = Math.min(3.5, Math.max(1.1, 140 / Math.sqrt(visible.length)));
    context.globalAlpha = 0.8;
    for (let label = 0; label < 10; label++) {
      context.fillStyle = colours[label];
      context.beginPath();
      for (const i of visible) {
        if (labels[i] !== label) continue;
        const [left, top] = this.fromUnits([placed[2 * i], placed[2 * i + 1]]);
        context.moveTo(left + radius, top);
        context.arc(left, top, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  // Close up there is room to write what each point is.
  drawGlyphs({ labels, colours }, visible, theme) {
    const { context, placed } = this;
    context.font = `600 11px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const i of visible) {
      const [left, top] = this.fromUnits([placed[2 * i], placed[2 * i + 1]]);
      context.fillStyle = colours[labels[i]];
      context.beginPath();
      context.arc(left, top, 8, 0, 2 * Math.PI);
      context.fill();
      this.write(labels[i], left, top + 0.5, "#fff", "rgb(0 0 0 / 60%)", 2);
    }
  }

  // The densest half of each class filled, and nine tenths of it inside a line.
  drawContours({ contours, colours }, shown) {
    const { context } = this;
    for (const { label, share, lines } of contours) {
      if (!shown[label]) continue;
      context.strokeStyle = context.fillStyle = colours[label];
      const path = new Path2D();
      for (const line of lines) {
        for (let i = 0; i < line.length; i += 2) {
          path[i ? "lineTo" : "moveTo"](...this.toScreen([line[i], line[i + 1]]));
        }
      }
      if (share <= 0.5) {
        context.globalAlpha = 0.35;
        context.fill(path, "evenodd");
      }
      context.globalAlpha = 1;
      context.lineWidth = share <= 0.5 ? 1.5 : 1;
      context.stroke(path);
    }
  }

  // Each class by its digit, where its points are densest: colour alone tells nobody enough.
  drawNames(atlas, shown, theme) {
    const { context } = this;
    context.font = `700 ${Math.round(this.side / 26)}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    atlas.names.forEach((place, label) => {
      if (!place || !shown[label]) return;
      this.write(label, ...this.toScreen(place), theme.text, theme.background, 5);
    });
  }
}

// A square view that holds a rectangle, with a little room around it.
function square(left, right, bottom, top) {
  const half = (1.04 * Math.max(right - left, top - bottom)) / 2;
  return { x: (left + right) / 2, y: (bottom + top) / 2, half };
}

// Places on a circle of the plane.
function ring([x, y], radius, count = 120) {
  return Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    return [x + radius * Math.cos(turn), y + radius * Math.sin(turn)];
  });
}

// The smallest of 1, 2, 5, 10… times a power of ten that is no less.
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((n) => n * power).find((step) => step >= least);
}

function multiples(step, low, high) {
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  return Array.from({ length: count }, (_, i) => (first + i) * step);
}

function round(value, digits = 4) {
  return Number(value.toFixed(digits)).toString().replace("-", "−");
}
