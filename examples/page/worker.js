// Runs a guest in the browser as a runtime does on the command line: arguments, files in ".", standard output and
// error. The module is loaded and compiled once; every run has a fresh instance.
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "./shim/index.js";

let loading;

async function load(module, tell) {
  const response = await fetch(module);
  if (!response.ok) throw new Error(`${module}: ${response.status} ${response.statusText}`);
  // What comes compressed has more bytes than it says.
  const total = response.headers.has("Content-Encoding") ? 0 : Number(response.headers.get("Content-Length"));
  let loaded = 0;
  const count = new TransformStream({
    transform(chunk, to) {
      tell((loaded += chunk.length), total);
      to.enqueue(chunk);
    },
  });
  return WebAssembly.compileStreaming(
    new Response(response.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } }));
}

/** Files by path, as folders. */
function folder(files) {
  const root = new Map();
  for (const [path, bytes] of Object.entries(files)) {
    const parts = path.split("/");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      if (!at.has(part)) at.set(part, new Directory(new Map()));
      at = at.get(part).contents;
    }
    at.set(parts.at(-1), new File(bytes, { readonly: true }));
  }
  return new PreopenDirectory(".", root);
}

function collector() {
  const decoder = new TextDecoder();
  let text = "";
  return {
    file: new ConsoleStdout((bytes) => (text += decoder.decode(bytes, { stream: true }))),
    finish: () => text + decoder.decode(),
  };
}

async function run({ module, args, files }, tell) {
  loading ??= load(module, tell);
  let compiled;
  try {
    compiled = await loading;
  } catch (e) {
    loading = undefined; // the next run tries again
    throw e;
  }
  const [out, err] = [collector(), collector()];
  const wasi = new WASI([module, ...args], [], [new OpenFile(new File([])), out.file, err.file, folder(files)], { debug: false });
  const instance = await WebAssembly.instantiate(compiled, { wasi_snapshot_preview1: wasi.wasiImport });
  const start = performance.now();
  try {
    const code = wasi.start(instance);
    return { code, out: out.finish(), err: err.finish(), milliseconds: performance.now() - start };
  } catch (trap) {
    throw new Error(`${trap.message}\n${err.finish()}`);
  }
}

let last = Promise.resolve(); // one after the other

onmessage = ({ data }) => {
  last = last.then(async () => {
    try {
      postMessage({ id: data.id, answer: await run(data, (loaded, total) => postMessage({ id: data.id, loaded, total })) });
    } catch (e) {
      postMessage({ id: data.id, fault: `${data.module}: ${e.message}` });
    }
  });
};
