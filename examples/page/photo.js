// A photograph, and the five labels that whatisit.wasm finds for it.
import { Guest } from "./guest.js";
import { acceptFiles, showBars, State } from "./state.js";

const samples = ["coffee.png", "chelsea.png", "rocket.jpg"];

const root = document.querySelector("#photo");
const [drop, preview, hint, bars, waiting] =
  [".drop", ".drop img", ".hint", ".bars", ".waiting"].map((s) => root.querySelector(s));
const state = new State(root.querySelector(".answer"));
const guest = new Guest("whatisit.wasm");
let newest = 0;

/** Shows a picture, or what promises one, and asks what is on it. */
async function look(name, picture) {
  const mine = ++newest;
  const files = async () => {
    const blob = await picture;
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(blob);
    preview.alt = name;
    preview.hidden = false;
    hint.hidden = true;
    return { [name]: new Uint8Array(await blob.arrayBuffer()) };
  };
  root.setAttribute("aria-busy", "true");
  const answer = await state.run(guest, ["--json", ...(name.startsWith("-") ? ["--"] : []), name], files());
  if (mine !== newest) return;
  root.removeAttribute("aria-busy");
  bars.hidden = waiting.hidden = true;
  if (answer) showBars(bars, JSON.parse(answer.out).best.map(({ label, probability }) => [label, probability]));
}

acceptFiles(drop.querySelector("input"), drop, (file) => look(file.name, file));
preview.addEventListener("error", () => {
  preview.hidden = true;
  hint.hidden = false;
});

for (const name of samples) {
  const button = document.createElement("button");
  const picture = button.appendChild(document.createElement("img"));
  button.type = "button";
  picture.src = `pictures/${name}`;
  picture.alt = `Sample: ${name}`;
  picture.loading = "lazy";
  button.addEventListener("click", () => look(name, fetch(picture.src).then((response) => response.blob())));
  root.querySelector(".samples").append(button);
}
