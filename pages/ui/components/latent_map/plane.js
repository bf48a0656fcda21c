// The plane on a canvas: what part of it is seen, and the encoded images drawn as points.

class Plane {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.side = 1; // CSS pixels
    this.home = { x: 0, y: 0, half: 3 };
    this.view = { ...this.home }; // the middle, and half of what is seen, in prior deviations
  }

  resize(side) {
    const density = globalThis.devicePixelRatio || 1;
    this.side = side;
    this.canvas.width = this.canvas.height = Math.round(side * density);
    this.context.setTransform(density, 0, 0, density, 0, 0);
  }

  // All but the outermost two in a thousand points; those are a zoom away.
  fit(points) {
    const part = (values, p) => values[Math.floor(p * (values.length - 1))];
    const xs = points.filter((_, i) => i % 2 === 0).sort();
    const ys = points.filter((_, i) => i % 2 === 1).sort();
    const [left, right] = [part(xs, 0.001), part(xs, 0.999)];
    const [bottom, top] = [part(ys, 0.001), part(ys, 0.999)];
    const half = Math.max(right - left, top - bottom) / 2;
    this.home = { x: (left + right) / 2, y: (bottom + top) / 2, half: half * 1.06 };
    this.view = { ...this.home };
  }

  get scale() {
    return this.side / (2 * this.view.half); // CSS pixels per prior deviation
  }

  toScreen([x, y]) {
    const { view, scale, side } = this;
    return [side / 2 + (x - view.x) * scale, side / 2 - (y - view.y) * scale];
  }

  toPlane([left, top]) {
    const { view, scale, side } = this;
    return [view.x + (left - side / 2) / scale, view.y - (top - side / 2) / scale];
  }

  // Zoom so that the place under the finger stays under it.
  zoom(factor, at = [this.side / 2, this.side / 2]) {
    const [x, y] = this.toPlane(at);
    const half = Math.min(Math.max(this.view.half * factor, 0.02), 4 * this.home.half);
    const kept = half / this.view.half;
    this.view = { x: x + (this.view.x - x) * kept, y: y + (this.view.y - y) * kept, half };
  }

  pan(right, down) {
    this.view.x -= right / this.scale;
    this.view.y += down / this.scale;
  }

  draw(atlas, shown, theme) {
    this.context.clearRect(0, 0, this.side, this.side);
    this.drawPrior(theme);
    const visible = this.visible(atlas, shown);
    if (visible.length < 500) {
      this.drawGlyphs(atlas, visible, theme);
      return;
    }
    this.drawDots(atlas, visible);
    this.drawNames(atlas, shown, theme);
  }

  // One and two standard deviations of the prior, so that a distance means something.
  drawPrior(theme) {
    const { context } = this;
    const [left, top] = this.toScreen([0, 0]);
    context.strokeStyle = theme.faint;
    context.lineWidth = 1;
    for (const radius of [1, 2, 3]) {
      context.beginPath();
      context.arc(left, top, radius * this.scale, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  visible({ points, labels }, shown) {
    const { view } = this;
    const found = [];
    for (let i = 0; i < labels.length; i++) {
      const near =
        Math.abs(points[2 * i] - view.x) < view.half && Math.abs(points[2 * i + 1] - view.y) < view.half;
      if (near && shown[labels[i]]) found.push(i);
    }
    return found;
  }

  drawDots({ points, labels, colours }, visible) {
    const { context } = this;
    const radius = Math.min(3.5, Math.max(1.1, 140 / Math.sqrt(visible.length)));
    context.globalAlpha = 0.8;
    for (let label = 0; label < 10; label++) {
      context.fillStyle = colours[label];
      context.beginPath();
      for (const i of visible) {
        if (labels[i] !== label) continue;
        const [left, top] = this.toScreen([points[2 * i], points[2 * i + 1]]);
        context.moveTo(left + radius, top);
        context.arc(left, top, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  // Close up there is room to write what each point is.
  drawGlyphs({ points, labels, colours }, visible, theme) {
    const { context } = this;
    context.font = `600 11px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const i of visible) {
      const [left, top] = this.toScreen([points[2 * i], points[2 * i + 1]]);
      context.fillStyle = colours[labels[i]];
      context.beginPath();
      context.arc(left, top, 8, 0, 2 * Math.PI);
      context.fill();
      context.fillStyle = "#fff";
      context.strokeStyle = "rgb(0 0 0 / 60%)";
      context.lineWidth = 2;
      context.strokeText(labels[i], left, top + 0.5);
      context.fillText(labels[i], left, top + 0.5);
    }
  }

  // Each class by its digit, where its points are densest: colour alone tells nobody enough.
  drawNames(atlas, shown, theme) {
    const { context } = this;
    context.font = `700 ${Math.round(this.side / 26)}px ${theme.font}`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    atlas.names.forEach((place, label) => {
      if (!place || !shown[label]) return;
      const [left, top] = this.toScreen(place);
      context.lineWidth = 5;
      context.strokeStyle = theme.background;
      context.strokeText(label, left, top);
      context.fillStyle = theme.text;
      context.fillText(label, left, top);
    });
  }
}

// The hand: a ring that is seen on any colour, and cross-hairs to the edges.
function drawHand(context, side, [left, top], theme) {
  context.clearRect(0, 0, side, side);
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, 0);
  context.lineTo(left, side);
  context.moveTo(0, top);
  context.lineTo(side, top);
  context.stroke();
  for (const [width, colour] of [
    [6, theme.background],
    [3, theme.accent],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.arc(left, top, 9, 0, 2 * Math.PI);
    context.stroke();
  }
}
