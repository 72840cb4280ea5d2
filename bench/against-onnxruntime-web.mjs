// Times a model in tenon's guest and in onnxruntime-web, in one node process, in turns, and says how
// far their outputs are apart.
//   node against-onnxruntime-web.mjs GUEST.wasm MODEL.onnx N C H W [ROUNDS]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { WASI } from "node:wasi";

const [guest, path, ...numbers] = process.argv.slice(2);
const [n, c, h, w, rounds = 30] = numbers.map(Number);
const ort = createRequire(resolve("package.json"))("onnxruntime-web");
const bytes = readFileSync(path);
const input = Float32Array.from({ length: n * c * h * w }, (_, i) => Math.sin(i * 0.37) * 0.9);

const wasi = new WASI({ version: "preview1" });
const { instance } = await WebAssembly.instantiate(readFileSync(guest), wasi.getImportObject());
wasi.initialize(instance);
const ours = instance.exports;
const view = (type, at, length) => new type(ours.memory.buffer, at >>> 0, length);

const milliseconds = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const check = (failed) => { if (failed) process.exit(1); };

view(Uint8Array, ours.place(bytes.length), bytes.length).set(bytes);
const load_ours = await milliseconds(() => check(ours.load()));
view(Float32Array, ours.shape(n, c, h, w), input.length).set(input);

ort.env.wasm.numThreads = 1;
let session;
const load_theirs = await milliseconds(async () => {
  session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
});
const feeds = { [session.inputNames[0]]: new ort.Tensor("float32", input, [n, c, h, w]) };
let result;
const run_theirs = async () => { result = await session.run(feeds); };

// Both reach their optimising compilers before anything counts.
for (let i = 0; i < 5; ++i) { check(ours.run()); await run_theirs(); }
const times = { tenon: [], "onnxruntime-web": [] };
for (let i = 0; i < rounds; ++i) {
  times.tenon.push(await milliseconds(() => check(ours.run())));
  times["onnxruntime-web"].push(await milliseconds(run_theirs));
}

const theirs = result[session.outputNames[0]].data;
const mine = view(Float32Array, ours.output(), ours.output_size());
const apart = theirs.reduce((most, x, i) => Math.max(most, Math.abs(x - mine[i])), 0);
const sorted = (name) => times[name].toSorted((a, b) => a - b);
const row = (name, load) => {
  const t = sorted(name);
  return `${name.padEnd(16)} load ${load.toFixed(0).padStart(5)} ms   run: minimum ${t[0].toFixed(1).padStart(6)} ms, median ${t[rounds >> 1].toFixed(1).padStart(6)} ms`;
};
console.log(`${path.split("/").pop()} [${[n, c, h, w]}], ${rounds} runs each, in turns, node ${process.versions.node}, one thread`);
console.log(row("tenon", load_ours));
console.log(row("onnxruntime-web", load_theirs));
const ratio = (i) => (sorted("onnxruntime-web")[i] / sorted("tenon")[i]).toFixed(2);
console.log(`onnxruntime-web / tenon: minimum ${ratio(0)}, median ${ratio(rounds >> 1)}; outputs differ by at most ${apart.toExponential(1)}`);
