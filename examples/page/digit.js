// Paper to draw a digit on, and what guide.wasm reads there.
import { Guest } from "./guest.js";
import { showBars, State } from "./state.js";

const root = document.querySelector("#digit");
const [paper, said, bars, waiting] = ["#paper", ".said", ".bars", ".waiting"].map((s) => root.querySelector(s));
const state = new State(root.querySelector(".answer"));
const guest = new Guest("guide.wasm");
const pen = { x: 140, y: 140, down: false, step: 10 };
let strokes = []; // lists of points
let drawing = null; // the stroke that is being drawn
let newest = 0;
let record; // a promise

/** What the training has left, as files. */
function trained() {
  record ??= Promise.all(["guide/config.json", "guide/model.safetensors"].map(async (path) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
    return [path, new Uint8Array(await response.arrayBuffer())];
  }));
  record.catch(() => (record = undefined)); // the next run tries again
  return record;
}

function draw({ cursor = false } = {}) {
  const c = paper.getContext("2d");
  c.fillStyle = "#fff";
  c.fillRect(0, 0, paper.width, paper.height);
  c.lineWidth = 20;
  c.lineCap = c.lineJoin = "round";
  c.strokeStyle = "#000";
  for (const points of strokes) {
    c.beginPath();
    c.moveTo(...points[0]);
    for (const p of points) c.lineTo(...p);
    c.stroke();
  }
  if (!cursor) return;
  c.lineWidth = 2;
  c.strokeStyle = pen.down ? "#c2410c" : "#888";
  c.beginPath();
  c.arc(pen.x, pen.y, 12, 0, 2 * Math.PI);
  c.stroke();
}

function begin(x, y) {
  drawing = [[x, y]];
  strokes.push(drawing);
}
function end() {
  drawing = null;
  read();
}

async function read() {
  const mine = ++newest;
  draw();
  const picture = await new Promise((resolve) => paper.toBlob(resolve));
  if (pen.shown) draw({ cursor: true });
  const files = async () => ({ ...Object.fromEntries(await trained()), "digit.png": new Uint8Array(await picture.arrayBuffer()) });
  const answer = await state.run(guest, ["infer", "--artifacts", "guide", "--json", "digit.png"], files());
  if (mine !== newest || !strokes.length) return;
  waiting.hidden = true;
  said.hidden = bars.hidden = !answer;
  if (!answer) return;
  const { digit, probabilities } = JSON.parse(answer.out);
  said.firstElementChild.textContent = digit;
  said.lastElementChild.textContent = `${(100 * probabilities[digit]).toFixed(1)} %`;
  showBars(bars, probabilities.map((p, i) => [i, p]));
}

function clear() {
  ++newest;
  strokes = [];
  drawing = null;
  pen.down = false;
  said.hidden = bars.hidden = true;
  waiting.hidden = false;
  state.clear();
  draw({ cursor: pen.shown });
}

const place = (event) => {
  const box = paper.getBoundingClientRect();
  return [((event.clientX - box.left) * paper.width) / box.width, ((event.clientY - box.top) * paper.height) / box.height];
};
paper.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  paper.setPointerCapture(event.pointerId);
  pen.shown = pen.down = false;
  begin(...place(event));
  draw();
});
paper.addEventListener("pointermove", (event) => {
  if (!drawing || pen.down) return;
  for (const e of event.getCoalescedEvents?.() ?? [event]) drawing.push(place(e));
  draw();
});
for (const type of ["pointerup", "pointercancel"])
  paper.addEventListener(type, () => drawing && !pen.down && end());

const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
paper.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in arrows) {
    const [dx, dy] = arrows[event.key];
    pen.x = Math.min(Math.max(pen.x + dx * pen.step, 10), paper.width - 10);
    pen.y = Math.min(Math.max(pen.y + dy * pen.step, 10), paper.height - 10);
    if (pen.down) drawing.push([pen.x, pen.y]);
  } else if (event.key === " ") {
    pen.down = !pen.down;
    if (pen.down) begin(pen.x, pen.y);
    else end();
  } else if (event.key === "Delete" || event.key === "Backspace") {
    clear();
  } else {
    return;
  }
  event.preventDefault();
  pen.shown = true;
  draw({ cursor: true });
});
paper.addEventListener("focus", () => {
  pen.shown = paper.matches(":focus-visible");
  draw({ cursor: pen.shown });
});
paper.addEventListener("blur", () => {
  pen.shown = false;
  if (pen.down) (pen.down = false), end();
  else draw();
});
root.querySelector("#paper-clear").addEventListener("click", clear);
draw();
