/**
 * Draws strokes with a round brush, antialiased, as a canvas does with round caps and joins.
 *
 * @param {{x: number, y: number}[][]} strokes Fractions of the side.
 * @param {number} width The width of the brush, a fraction of the side.
 * @param {number} side In pixels.
 * @returns {Float32Array} [side * side], 1 where there is ink, else 0.
 */
export function drawn(strokes, width, side) {
  const ink = new Float32Array(side * side);
  const radius = (width * side) / 2;
  for (const stroke of strokes) {
    const points = stroke.map(({ x, y }) => ({ x: x * side, y: y * side }));
    points.forEach((point, i) => drawLine(ink, side, points[Math.max(i - 1, 0)], point, radius));
  }
  return ink;
}

function drawLine(ink, side, a, b, radius) {
  const from = (u, v) => Math.max(Math.floor(Math.min(u, v) - radius - 1), 0);
  const to = (u, v) => Math.min(Math.ceil(Math.max(u, v) + radius + 1), side);
  for (let y = from(a.y, b.y); y < to(a.y, b.y); y++) {
    for (let x = from(a.x, b.x); x < to(a.x, b.x); x++) {
      const covered = radius + 0.5 - distance(x + 0.5, y + 0.5, a, b);
      ink[y * side + x] = Math.max(ink[y * side + x], Math.min(covered, 1));
    }
  }
}

function distance(x, y, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const along = ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.min(Math.max(along, 0), 1);
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}
