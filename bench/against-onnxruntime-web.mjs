// Times a model in tenon's guest and in onnxruntime-web, in one node process, in turns, and says how
// far their outputs are apart: one line of a table (--head is the line above).
//   node against-onnxruntime-web.mjs GUEST.wasm FOLDER_OF_NODE_MODULES MODEL.onnx
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { WASI } from "node:wasi";

const line = (name, ...cells) => console.log(name.padEnd(24) + cells.map((c) => String(c).padStart(10)).join(""));
if (process.argv[2] === "--head") {
  console.log("tenon against onnxruntime-web 1.30.0, node " + process.versions.node + ", one thread, milliseconds");
  line("", "tenon", "", "ort-web", "", "ort/tenon", "", "load", "load", "outputs");
  line("", "minimum", "median", "minimum", "median", "minimum", "median", "tenon", "ort-web", "apart", "rounds");
  process.exit(0);
}
const [guest, modules, path] = process.argv.slice(2);
const rounds = Number(process.env.TENON_ROUNDS ?? 30), seconds = Number(process.env.TENON_SECONDS ?? 8);
const ort = createRequire(resolve(modules, "package.json"))("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const bytes = readFileSync(path), model = basename(path, ".onnx");
const give_up = (why) => { line(model, why); process.exit(1); };

// numpy's name of a type: ONNX's number, onnxruntime-web's name, JavaScript's array.
const types = {
  "<f4": [1, "float32", Float32Array], "|u1": [2, "uint8", Uint8Array], "|i1": [3, "int8", Int8Array],
  "<i4": [6, "int32", Int32Array], "<i8": [7, "int64", BigInt64Array], "|b1": [9, "bool", Uint8Array],
  "<f8": [11, "float64", Float64Array],
};
const arrays = Object.fromEntries(Object.values(types).map(([number, , array]) => [number, array]));
function read_npy(file) {
  const raw = readFileSync(file);
  const size = raw[6] === 1 ? raw.readUInt16LE(8) + 10 : raw.readUInt32LE(8) + 12;
  const header = raw.toString("latin1", 10, size);
  const [type, name, array] = types[/'descr': '([^']*)'/.exec(header)[1]];
  const dims = /'shape': \(([^)]*)\)/.exec(header)[1].split(",").map((s) => s.trim()).filter(Boolean).map(Number);
  const data = raw.buffer.slice(raw.byteOffset + size, raw.byteOffset + raw.length);
  return { type, name, dims, data: new array(data) };
}
function input_of(tensor) {
  const file = join(dirname(path), `${model}.${tensor.replaceAll("/", "__")}.npy`);
  if (!existsSync(file)) give_up(`no ${file}`);
  return read_npy(file);
}

const wasi = new WASI({ version: "preview1" });
const { instance } = await WebAssembly.instantiate(readFileSync(guest), wasi.getImportObject());
wasi.initialize(instance);
const ours = instance.exports;
const view = (type, at, length) => new type(ours.memory.buffer, at >>> 0, length);
const name_at = (at) => {
  const all = new Uint8Array(ours.memory.buffer);
  return Buffer.from(all.subarray(at >>> 0, all.indexOf(0, at >>> 0))).toString();
};
const milliseconds = async (work) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const check = (failed) => { if (failed) give_up("not with this build (see above)"); };

view(Uint8Array, ours.place(bytes.length), bytes.length).set(bytes);
const load_ours = await milliseconds(() => check(ours.load()));
const feeds = {};
for (let i = 0; i < ours.input_count(); ++i) {
  const name = name_at(ours.input_name(i)), x = input_of(name);
  view(BigInt64Array, ours.dimensions(x.dims.length), x.dims.length).set(x.dims.map(BigInt));
  view(x.data.constructor, ours.input(i, x.type), x.data.length).set(x.data);
  feeds[name] = new ort.Tensor(x.name, x.data, x.dims);
}
let session, result;
const load_theirs = await milliseconds(async () => {
  session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
});
for (const name of Object.keys(feeds)) if (!session.inputNames.includes(name)) delete feeds[name];
const run_ours = () => check(ours.run());
const run_theirs = async () => { result = await session.run(feeds); };

// Both reach their optimising compilers before anything counts.
const times = { ours: [], theirs: [] };
const from = performance.now(), past = (share) => performance.now() - from > share * seconds * 1e3;
for (let i = 0; i < 2 || (i < 8 && !past(0.3)); ++i) { run_ours(); await run_theirs(); }
for (let i = 0; i < 3 || (i < rounds && !past(1)); ++i) {
  times.ours.push(await milliseconds(run_ours));
  times.theirs.push(await milliseconds(run_theirs));
}

// The largest difference, of all outputs, in units of the largest element of each (of 0.001 at least).
let apart = 0;
for (let i = 0; i < ours.output_count(); ++i) {
  const theirs = result[name_at(ours.output_name(i))].data;
  const mine = view(arrays[ours.output_type(i)], ours.output(i), ours.output_size(i));
  const largest = theirs.reduce((most, x) => Math.max(most, Math.abs(Number(x))), 1e-3);
  apart = Math.max(apart, theirs.reduce((most, x, j) => Math.max(most, Math.abs(Number(x) - Number(mine[j]))), 0) / largest);
}
const t = Object.values(times).map((list) => list.toSorted((a, b) => a - b));
const least = t.map((list) => list[0]), middle = t.map((list) => list[list.length >> 1]);
const show = (x) => x.toFixed(x < 10 ? 2 : 1);
line(model, show(least[0]), show(middle[0]), show(least[1]), show(middle[1]), (least[1] / least[0]).toFixed(2),
  (middle[1] / middle[0]).toFixed(2), load_ours.toFixed(0), load_theirs.toFixed(0), apart.toExponential(1), t[0].length);
process.exit(0);
