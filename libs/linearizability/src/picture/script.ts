/**
 * What the page does, in plain JavaScript. Each frame draws what is in view and nothing else: the operations of a lane
 * are sorted, so the first in view is found by bisection, and what is narrower than a pixel is merged with its
 * neighbours.
 */
export const SCRIPT = String.raw`
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const canvas = document.getElementById('canvas');
const context = canvas.getContext('2d');
const tip = document.getElementById('tip');
const root = document.documentElement;
const LEFT = 64, TOP = 26, ROW = 26, BAR = 13;
const count = data.call.length;
const core = new Set(data.core);

// A pending operation is drawn to the end of the history.
let first = Infinity, last = -Infinity;
for (let i = 0; i < count; i++) {
  first = Math.min(first, data.call[i]);
  last = Math.max(last, data.ret[i] === null ? data.call[i] : data.ret[i]);
}
if (count === 0) { first = 0; last = 1; }
const span = last - first || 1;
const end = i => data.ret[i] === null ? last + span * 0.02 : data.ret[i];

// The operations of each lane by their calls, and the longest of a lane, which bounds how far back to look.
const lanes = data.lanes.map(() => []);
for (let i = 0; i < count; i++) lanes[data.lane[i]].push(i);
const pendings = data.lanes.map(() => []);
const longest = lanes.map((lane, number) => {
  let most = 0;
  for (const i of lane) {
    if (data.ret[i] === null) pendings[number].push(i);
    else most = Math.max(most, data.ret[i] - data.call[i]);
  }
  return most;
});

let scale = 1, origin = first, scroll = 0, width = 0, height = 0, hovered = -1, chosen = -1, colors = {};
const x = time => LEFT + (time - origin) * scale;
const timeAt = pixel => origin + (pixel - LEFT) / scale;
const rowTop = lane => TOP + lane * ROW - scroll;

function readColors() {
  const style = getComputedStyle(root);
  colors = Object.fromEntries(['bg', 'fg', 'dim', 'line', 'band', 'done', 'doneline', 'pending', 'core', 'point',
    'window'].map(name => [name, style.getPropertyValue('--' + name).trim()]));
}

function resize() {
  const box = canvas.getBoundingClientRect();
  const ratio = window.devicePixelRatio || 1;
  width = box.width;
  height = box.height;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}

let asked = false;
function redraw() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => { asked = false; draw(); });
}

function firstFrom(lane, time) {
  let low = 0, high = lane.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (data.call[lane[middle]] < time) low = middle + 1; else high = middle;
  }
  return low;
}

function draw() {
  const from = timeAt(LEFT), to = timeAt(width);
  context.fillStyle = colors.bg;
  context.fillRect(0, 0, width, height);
  const top = Math.max(0, Math.floor(scroll / ROW));
  const bottom = Math.min(lanes.length - 1, Math.floor((scroll + height - TOP) / ROW));
  context.fillStyle = colors.band;
  for (let lane = top; lane <= bottom; lane++) if (lane % 2 === 1) context.fillRect(0, rowTop(lane), width, ROW);
  drawWindow();
  context.save();
  context.beginPath();
  context.rect(LEFT, TOP, width - LEFT, height - TOP);
  context.clip();
  const points = [];
  for (let lane = top; lane <= bottom; lane++) drawLane(lane, from, to, points);
  drawPoints(points);
  context.restore();
  drawNames(top, bottom);
  drawAxis(from, to);
}

function drawWindow() {
  if (data.core.length === 0) return;
  const begin = Math.min(...data.core.map(i => data.call[i]));
  const stop = data.broken === null ? Math.max(...data.core.map(end)) : data.broken;
  const left = Math.max(LEFT, x(begin)), right = Math.min(width, x(Math.max(stop, begin)));
  if (right > LEFT && left < width) {
    context.fillStyle = colors.window;
    context.fillRect(left, TOP, Math.max(2, right - left), height - TOP);
  }
  if (data.broken !== null && x(data.broken) >= LEFT) {
    context.fillStyle = colors.core;
    context.fillRect(x(data.broken) - 0.5, TOP, 1, height - TOP);
  }
}

function styleOf(i) {
  if (core.has(i)) return colors.core;
  return data.ret[i] === null ? colors.pending : colors.done;
}

function drawLane(lane, from, to, points) {
  const y = rowTop(lane) + (ROW - BAR) / 2;
  const list = lanes[lane];
  // Pending operations may begin anywhere to the left; they lie below the others.
  for (const i of pendings[lane]) if (data.call[i] <= to) drawOperation(i, y, points);
  let merged = -1, mergedUntil = -1, mergedStyle = '';
  const flush = () => {
    context.fillStyle = mergedStyle;
    if (merged >= 0) context.fillRect(merged, y, Math.max(1, mergedUntil - merged), BAR);
    merged = -1;
  };
  for (let place = firstFrom(list, from - longest[lane]); place < list.length; place++) {
    const i = list[place];
    if (data.call[i] > to) break;
    if (data.ret[i] === null || data.ret[i] < from) continue;
    const left = x(data.call[i]), right = x(data.ret[i]);
    if (right - left >= 3 || core.has(i) || i === hovered) { flush(); drawOperation(i, y, points); continue; }
    const style = dimmed(i) ? colors.line : styleOf(i);
    if (merged >= 0 && left <= mergedUntil + 1 && style === mergedStyle) mergedUntil = Math.max(mergedUntil, right);
    else { flush(); merged = left; mergedUntil = right; mergedStyle = style; }
  }
  flush();
}

const dimmed = i => chosen >= 0 && data.partition[i] !== chosen;

function drawOperation(i, y, points) {
  const left = Math.max(LEFT - 5, x(data.call[i]));
  const right = Math.min(width + 5, Math.max(x(end(i)), x(data.call[i]) + 2));
  if (right < LEFT || left > width) return;
  const isCore = core.has(i), isDim = dimmed(i);
  let fill = isDim ? colors.line : styleOf(i);
  if (data.ret[i] === null && !isDim) {
    const fade = context.createLinearGradient(left, 0, Math.min(right, left + 160), 0);
    fade.addColorStop(0, styleOf(i));
    fade.addColorStop(1, 'transparent');
    fill = fade;
  }
  context.fillStyle = fill;
  context.beginPath();
  context.roundRect(left, y, right - left, BAR, Math.min(3, (right - left) / 2));
  context.fill();
  if (i === hovered || i === data.failing || isCore) {
    context.strokeStyle = i === hovered ? colors.fg : colors.core;
    context.lineWidth = 1.5;
    context.stroke();
  }
  if (!isDim && data.point[i] !== null) points.push(x(data.point[i]), y);
  const room = right - Math.max(left, LEFT) - 6;
  if (room > 24 && !isDim) {
    context.save();
    context.beginPath();
    context.rect(Math.max(left, LEFT) + 2, y - 2, room + 2, BAR + 4);
    context.clip();
    context.fillStyle = isCore ? '#ffffff' : colors.fg;
    context.font = '10.5px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.fillText(data.text[i], Math.max(left, LEFT) + 4, y + BAR / 2 + 0.5);
    context.restore();
  }
}

function drawPoints(points) {
  context.fillStyle = colors.point;
  for (let n = 0; n < points.length; n += 2) context.fillRect(points[n] - 0.75, points[n + 1] - 3, 1.5, BAR + 6);
}

function drawNames(top, bottom) {
  context.fillStyle = colors.bg;
  context.fillRect(0, TOP, LEFT, height - TOP);
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  context.font = '11.5px system-ui, sans-serif';
  for (let lane = top; lane <= bottom; lane++) {
    context.fillStyle = colors.dim;
    context.fillText(data.lanes[lane], LEFT - 8, rowTop(lane) + ROW / 2, LEFT - 12);
  }
  context.textAlign = 'left';
}

function drawAxis(from, to) {
  context.fillStyle = colors.bg;
  context.fillRect(0, 0, width, TOP);
  context.fillStyle = colors.line;
  context.fillRect(0, TOP - 1, width, 1);
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.fillStyle = colors.dim;
  context.textAlign = 'right';
  context.fillText('client', LEFT - 8, TOP / 2);
  context.textAlign = 'left';
  const raw = 110 / scale, power = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map(n => n * power).find(n => n >= raw) || raw;
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  for (let t = Math.ceil(from / step) * step; t <= to; t += step) {
    context.fillStyle = colors.line;
    context.fillRect(x(t), TOP - 6, 1, 6);
    context.fillStyle = colors.dim;
    context.fillText(t.toFixed(Math.min(digits, 9)), x(t) + 3, TOP / 2);
  }
}

function clamp() {
  scale = Math.min(Math.max(scale, (width - LEFT) / span * 0.5), (width - LEFT) / span * 1e7);
  const visible = (width - LEFT) / scale;
  origin = Math.min(Math.max(origin, first - visible * 0.5), last + span * 0.02 - visible * 0.5);
  scroll = Math.min(Math.max(0, scroll), Math.max(0, lanes.length * ROW + TOP + 8 - height));
}

function show(begin, stop, margin) {
  const room = (stop - begin || span * 0.001) * (1 + 2 * margin);
  scale = (width - LEFT) / room;
  origin = begin - (room - (stop - begin)) / 2;
  clamp();
  redraw();
}

const fit = () => { scroll = 0; show(first, last, 0.02); };

function showViolation() {
  if (data.core.length === 0) return fit();
  const begin = Math.min(...data.core.map(i => data.call[i]));
  const stops = data.core.map(i => data.ret[i] === null ? data.call[i] : data.ret[i]);
  const stop = Math.max(...stops, data.broken ?? -Infinity);
  const middle = data.core.reduce((sum, i) => sum + data.lane[i], 0) / data.core.length;
  scroll = middle * ROW - (height - TOP) / 2;
  show(begin, stop, 0.35);
}

function operationAt(px, py) {
  const lane = Math.floor((py - TOP + scroll) / ROW);
  if (py < TOP || px < LEFT || lane < 0 || lane >= lanes.length) return -1;
  const time = timeAt(px), slack = 2 / scale, list = lanes[lane];
  for (let place = firstFrom(list, time + slack) - 1; place >= 0; place--) {
    const i = list[place];
    if (data.ret[i] !== null && end(i) >= time - slack) return i;
    if (data.call[i] < time - slack - longest[lane]) break;
  }
  return pendings[lane].findLast(i => data.call[i] <= time + slack) ?? -1;
}

function hover(event) {
  const box = canvas.getBoundingClientRect();
  const px = event.clientX - box.left, py = event.clientY - box.top;
  const found = operationAt(px, py);
  if (found !== hovered) { hovered = found; redraw(); }
  tip.hidden = found < 0;
  if (found < 0) return;
  const point = data.point[found] === null ? 'no linearization point in the explained prefix'
    : 'takes effect at ' + data.point[found] + ', as number ' + data.place[found] + ' of its key';
  tip.textContent = data.text[found] + '\nclient ' + (data.lanes[data.lane[found]] || 'as above') + ' · from '
    + data.call[found] + (data.ret[found] === null ? ', never returned' : ' to ' + data.ret[found]) + '\n' + point
    + (core.has(found) ? '\npart of the contradiction' : '');
  tip.style.left = Math.min(px + 14, width - tip.offsetWidth - 8) + 'px';
  tip.style.top = (py + 18 + tip.offsetHeight > height ? py - tip.offsetHeight - 8 : py + 18) + 'px';
}

let drag = null;
canvas.addEventListener('pointerdown', event => {
  drag = { x: event.clientX, y: event.clientY, origin, scroll, moved: false };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener('pointermove', event => {
  if (drag === null) return hover(event);
  const dx = event.clientX - drag.x, dy = event.clientY - drag.y;
  if (Math.abs(dx) + Math.abs(dy) > 3) { drag.moved = true; canvas.classList.add('dragging'); tip.hidden = true; }
  origin = drag.origin - dx / scale;
  scroll = drag.scroll - dy;
  clamp();
  redraw();
});
canvas.addEventListener('pointerup', event => {
  canvas.classList.remove('dragging');
  if (drag !== null && !drag.moved) {
    const box = canvas.getBoundingClientRect();
    const found = operationAt(event.clientX - box.left, event.clientY - box.top);
    follow(found < 0 || data.partition[found] === chosen ? -1 : data.partition[found]);
  }
  drag = null;
});
canvas.addEventListener('pointerleave', () => { tip.hidden = true; if (hovered >= 0) { hovered = -1; redraw(); } });
canvas.addEventListener('wheel', event => {
  event.preventDefault();
  const box = canvas.getBoundingClientRect(), px = event.clientX - box.left;
  if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    origin += (event.deltaX || event.deltaY) / scale;
  } else if (px < LEFT) {
    scroll += event.deltaY;
  } else {
    const time = timeAt(px);
    scale *= Math.exp(-event.deltaY * 0.0015);
    clamp();
    origin = time - (px - LEFT) / scale;
  }
  clamp();
  redraw();
}, { passive: false });
canvas.addEventListener('keydown', event => {
  const step = (width - LEFT) / scale * 0.1;
  if (event.key === 'ArrowLeft') origin -= step;
  else if (event.key === 'ArrowRight') origin += step;
  else if (event.key === 'ArrowUp') scroll -= ROW;
  else if (event.key === 'ArrowDown') scroll += ROW;
  else if (event.key === '+' || event.key === '-') {
    const middle = timeAt((LEFT + width) / 2);
    scale *= event.key === '+' ? 1.3 : 1 / 1.3;
    clamp();
    origin = middle - (width - LEFT) / 2 / scale;
  } else if (event.key === '0') return fit();
  else if (event.key === 'v') return showViolation();
  else return;
  event.preventDefault();
  clamp();
  redraw();
});

function follow(partition) {
  chosen = partition;
  select.value = String(partition);
  redraw();
}

const select = document.getElementById('partition');
select.append(new Option('all', '-1'), ...data.partitions.map((name, n) => new Option(name || '(none)', String(n))));
select.addEventListener('change', () => follow(Number(select.value)));
document.getElementById('keys').hidden = data.partitions.length < 2;
document.getElementById('fit').addEventListener('click', fit);
const violation = document.getElementById('violation');
violation.hidden = data.core.length === 0;
violation.addEventListener('click', showViolation);
const wanted = new URLSearchParams(location.search).get('theme');
const system = matchMedia('(prefers-color-scheme: dark)');
function paint(dark) { root.classList.toggle('dark', dark); readColors(); redraw(); }
system.addEventListener('change', () => paint(system.matches));
document.getElementById('theme').addEventListener('click', () => paint(!root.classList.contains('dark')));
new ResizeObserver(() => { resize(); clamp(); redraw(); }).observe(canvas);
resize();
paint(wanted === null ? system.matches : wanted === 'dark');
showViolation();
`;
