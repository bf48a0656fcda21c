// What moves over the map: the hand, the pins and the ways between them, samples, a code's cell.

const PIN = 13; // CSS pixels: the radius of a pin, and as near as a finger must come to drag it

function drawMarks(context, plane, marks, theme) {
  context.clearRect(0, 0, plane.side, plane.side);
  if (marks.cell) drawCell(context, plane, marks.cell, theme);
  for (const z of marks.samples) drawSample(context, plane.toScreen(z), theme);
  drawWays(context, plane, marks, theme);
  drawHand(context, plane, marks.z, theme);
  if (marks.look) drawLook(context, plane.toScreen(marks.look), theme);
  if (marks.a) drawPin(context, plane.toScreen(marks.a), "A", theme);
  if (marks.b) drawPin(context, plane.toScreen(marks.b), "B", theme);
}

// A line that is seen on any colour: first its wider halo, then itself.
function haloed(context, theme, [wide, narrow], colour, draw) {
  for (const halo of [true, false]) {
    context.strokeStyle = halo ? theme.background : colour;
    context.lineWidth = halo ? wide : narrow;
    context.beginPath();
    draw(halo);
    context.stroke();
  }
}

function drawWays(context, plane, { a, b, ways }, theme) {
  if (!a || !b) return;
  const line = (places, dash) => {
    haloed(context, theme, [5, 2], theme.text, (halo) => {
      context.setLineDash(halo ? [] : dash);
      places.forEach((z, i) => context[i ? "lineTo" : "moveTo"](...plane.toScreen(z)));
    });
    context.setLineDash([]);
  };
  const along = Array.from({ length: 33 }, (_, i) => [0, 1].map((c) => a[c] + (i / 32) * (b[c] - a[c])));
  line(along, [4, 4]);
  if (ways) line(ways.geodesic.places, []);
}

function drawCell(context, plane, [left, bottom, side], theme) {
  const corners = [
    [left, bottom],
    [left + side, bottom],
    [left + side, bottom + side],
    [left, bottom + side],
  ].map((corner) => plane.toScreen(corner.map(quantile)));
  const [from, to] = [corners[3], corners[1]];
  context.strokeStyle = theme.accent;
  context.lineWidth = 2;
  context.setLineDash([3, 3]);
  context.strokeRect(from[0], from[1], Math.max(4, to[0] - from[0]), Math.max(4, to[1] - from[1]));
  context.setLineDash([]);
}

function drawSample(context, [left, top], theme) {
  haloed(context, theme, [5, 2], theme.text, () => {
    context.moveTo(left - 5, top);
    context.lineTo(left + 5, top);
    context.moveTo(left, top - 5);
    context.lineTo(left, top + 5);
  });
}

function drawPin(context, [left, top], name, theme) {
  context.beginPath();
  context.arc(left, top, PIN - 2, 0, 2 * Math.PI);
  context.fillStyle = theme.text;
  context.fill();
  context.strokeStyle = theme.background;
  context.lineWidth = 2;
  context.stroke();
  context.fillStyle = theme.background;
  context.font = `700 12px ${theme.font}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(name, left, top + 0.5);
}

// Where the pointer looks, or a film is.
function drawLook(context, [left, top], theme) {
  for (const [radius, colour] of [
    [6, theme.background],
    [4, theme.accent],
  ]) {
    context.fillStyle = colour;
    context.beginPath();
    context.arc(left, top, radius, 0, 2 * Math.PI);
    context.fill();
  }
}

// A ring that is seen on any colour, cross-hairs to the edges, and how far "near" reaches.
function drawHand(context, plane, z, theme) {
  const { side } = plane;
  const at = plane.toScreen(z);
  const [left, top] = at.map((v) => Math.min(Math.max(v, 5), side - 5)); // beyond the edge, at it
  context.strokeStyle = theme.faint;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, 0);
  context.lineTo(left, side);
  context.moveTo(0, top);
  context.lineTo(side, top);
  context.stroke();
  haloed(context, theme, [6, 3], theme.accent, () => context.arc(left, top, 9, 0, 2 * Math.PI));
  const reach = ring(z, NEAR, 48).map((place) => plane.toScreen(place));
  if (Math.hypot(reach[0][0] - left, reach[0][1] - top) < 14) return;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  context.setLineDash([2, 4]);
  context.beginPath();
  reach.forEach((at, i) => context[i ? "lineTo" : "moveTo"](...at));
  context.closePath();
  context.stroke();
  context.setLineDash([]);
}
