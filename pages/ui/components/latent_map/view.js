// How the map is looked at, in the words that pages/ui/view.py reads.

function usualView() {
  return { layer: "nothing", top: null, axes: "z", tiles: 20, a: null, b: null, window: null };
}

function viewWords(view, plane) {
  const { x, y, half } = plane.view;
  const home = plane.home;
  const away = x !== home.x || y !== home.y || half !== home.half;
  const words = { ...view, window: away ? [x, y, half] : null };
  const usual = usualView();
  const changed = Object.entries(words).filter(([part, value]) => value !== null && value !== usual[part]);
  return Object.fromEntries(changed.map(([part, value]) => [part, String(value)]));
}

function readView(words) {
  const numbers = (text) => text?.split(",").map(Number) ?? null;
  const { a, b, window } = words;
  const view = { ...usualView(), ...words, a: numbers(a), b: numbers(b), window: numbers(window) };
  return { ...view, tiles: Number(view.tiles) };
}
