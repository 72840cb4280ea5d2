// An operator, its inputs as text, and what ops.wasm makes of them.
import { Guest } from "./guest.js";
import { acceptFiles, State } from "./state.js";

const tensor = (data, ...shape) => ({ "input-data": data, shape });
const examples = {
  Add: [tensor([1, 2, 3, 4], 2, 2), tensor([10, 20], 2)],
  Mul: [tensor([1, 2, 3, 4], 2, 2), tensor([10, 20], 2)],
  Argmax: [tensor([3, 1, 4, 1, 5], 5)],
  EqualCount: [tensor([1, 2, 3, 4], 4), tensor([1, 0, 3, 0], 4)],
};
const as_text = (inputs) => `[\n  ${inputs.map((t) => JSON.stringify(t).replace(/([,:])/g, "$1 ")).join(",\n  ")}\n]\n`;

const root = document.querySelector("#operator");
const [form, result, waiting, signature] = ["form", ".result", ".waiting", ".signature"].map((s) => root.querySelector(s));
const { op, type, attributes, input, file } = form.elements;
const state = new State(root.querySelector(".answer"));
const guest = new Guest("ops.wasm");
let listed; // a promise, once the operators are asked for
let shown = ""; // the example in the text, which another may replace

function show_example() {
  if (input.value !== shown || !examples[op.value]) return;
  input.value = shown = as_text(examples[op.value]);
}
op.addEventListener("change", show_example);

const signatures = new Map(); // "A B -> C" by operator, in small letters

function show_signature() {
  signature.textContent = signatures.get(op.value.toLowerCase()) ?? "";
}
op.addEventListener("change", show_signature);

/** The names of all operators, once somebody comes near the form. */
async function list_operators() {
  const { code, out } = await guest.run(["--list"]).catch(() => ({ code: 1 }));
  if (code !== 0) return;
  const names = [];
  for (const [, name, rest] of out.matchAll(/^(\w+) +(.+)$/gm)) {
    names.push(name);
    signatures.set(name.toLowerCase(), rest.replaceAll("->", "→"));
  }
  const chosen = op.value;
  const [four, rest] = ["MindSpore's four", `All ${names.length}`].map((label) => {
    const group = document.createElement("optgroup");
    group.label = label;
    return group;
  });
  four.append(...op.options);
  rest.append(...names.map((name) => new Option(name)));
  op.append(four, rest);
  op.value = chosen;
  show_signature();
}
for (const type of ["focusin", "pointerenter"]) root.addEventListener(type, () => (listed ??= list_operators()));

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const words = attributes.value.trim().split(/\s+/).filter(Boolean);
  const args = ["-o", op.value, "-d", type.value, ...words.flatMap((word) => ["-a", word]), "-i", "inputs.json"];
  const answer = await state.run(guest, args, { "inputs.json": new TextEncoder().encode(input.value) });
  waiting.hidden = true;
  result.hidden = !answer;
  result.textContent = answer?.out ?? "";
  const at = state.fault.match(/line (\d+), column (\d+)/);
  if (at) show_place(Number(at[1]), Number(at[2]));
});

/** Puts the cursor where the text is at fault; columns count characters, not the halves of which JavaScript has some. */
function show_place(line, column) {
  const lines = input.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, l) => sum + l.length + 1, 0);
  const rest = [...(lines[line - 1] ?? "")];
  const place = before + rest.slice(0, column - 1).join("").length;
  input.focus();
  input.setSelectionRange(place, place + (rest[column - 1]?.length ?? 0));
}

input.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
acceptFiles(file, input, async (chosen) => {
  input.value = await chosen.text();
  form.requestSubmit();
});
show_example();
