// Runs a guest in node: run.mjs MODULE.wasm [ARGUMENT...], as toolchains/run describes.
import fs from "node:fs";
import path from "node:path";
import { WASI } from "node:wasi";

process.exitCode = 70; // what remains if the guest is torn down without an answer
const [file, ...rest] = process.argv.slice(2);
const env = Object.fromEntries(Object.entries(process.env).filter(
  ([name]) => /^(TENON_.*|COLUMNS|LINES|NO_COLOR|TERM)$/.test(name)));
const wasi = new WASI({
  version: "preview1", args: [path.basename(file), ...rest], env, preopens: { ".": "." },
});
const module = await WebAssembly.compile(fs.readFileSync(file));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
try {
  process.exitCode = wasi.start(instance);
} catch (trap) {
  console.error(trap.stack);
  process.exitCode = 134;
}
