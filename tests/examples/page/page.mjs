// The page in Chromium: what it shows is what the commands print, nothing is complained about, nothing is asked of other
// servers, and it can be used with keys and on a phone: page.mjs PAGE RUN BIN SCRATCH, where RUN runs the guests of BIN.
// TENON_NODE_MODULES has playwright-core, TENON_CHROMIUM the browser. Screenshots are left in SCRATCH, to be looked at.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [page, run, bin, scratch] = process.argv.slice(2).map((p) => path.resolve(p));
const { TENON_NODE_MODULES, TENON_CHROMIUM } = process.env;
if (!TENON_NODE_MODULES || !TENON_CHROMIUM) {
  console.error("playwright-core or Chromium is missing: configure through toolchains/with-tools");
  process.exit(1);
}
const { chromium } = createRequire(`${TENON_NODE_MODULES}/`)("playwright-core");

fs.rmSync(scratch, { recursive: true, force: true });
fs.cpSync(`${page}/pictures`, scratch, { recursive: true });
fs.cpSync(`${page}/guide`, `${scratch}/guide`, { recursive: true });

/** What a command prints, on standard output and behind it on standard error. */
function command(module, ...args) {
  const done = spawnSync(run, ["wasmtime", `${bin}/${module}`, ...args], { cwd: scratch, encoding: "utf8" });
  return { code: done.status, out: done.stdout, all: done.stdout + done.stderr };
}

const server = spawn("toolchains/serve", [page, "--port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
const url = await new Promise((resolve) => server.stdout.once("data", (line) => resolve(String(line).trim())));
const browser = await chromium.launch({ executablePath: TENON_CHROMIUM, args: ["--no-sandbox"] });
const complaints = [];

async function open(options) {
  const context = await browser.newContext(options);
  context.on("request", (r) => {
    if (!r.url().startsWith(url) && !r.url().startsWith(`blob:${url}`)) complaints.push(`a request of ${r.url()}`);
  });
  context.on("response", (r) => r.status() >= 400 && complaints.push(`${r.url()}: ${r.status()}`));
  const p = await context.newPage();
  p.setDefaultTimeout(120_000);
  p.on("console", (m) => complaints.push(`console: ${m.text()}`));
  p.on("pageerror", (e) => complaints.push(`an error: ${e.message}`));
  await p.goto(url);
  return p;
}
/** What the command behind the last answer of a part printed. */
const printed = (p, part) => p.textContent(`${part} details pre`);
const answered = (p, part) => p.waitForFunction((s) => !document.querySelector(s).textContent.match(/Running|Loading|Compiling/), `${part} .doing`);

async function photographs(p) {
  await p.evaluate(() => {
    const doing = document.querySelector("#photo .doing");
    globalThis.seen = [];
    new MutationObserver(() => globalThis.seen.push(doing.textContent)).observe(doing, { childList: true });
  });
  const look = async (name) => {
    await p.waitForFunction((n) => document.querySelector("#photo .command").textContent.endsWith(n), name);
    await answered(p, "#photo");
    const wanted = command("whatisit.wasm", "--json", name);
    assert.equal(await printed(p, "#photo"), wanted.all);
    const bars = await p.locator("#photo .bars li").allInnerTexts();
    assert.deepEqual(bars.map((b) => b.split(/\n+/)),
      JSON.parse(wanted.out).best.map(({ label, probability }) => [label, `${(100 * probability).toFixed(1)} %`]));
  };
  await p.setInputFiles("#photo input", `${scratch}/chelsea.png`);
  await look("chelsea.png");
  assert.ok((await p.evaluate(() => globalThis.seen)).some((text) => /^Loading, \d+\.\d of 18\.\d MB$/.test(text)), "loading shows progress");
  await drop(p, "#photo .drop", "rocket.jpg", fs.readFileSync(`${scratch}/rocket.jpg`));
  await look("rocket.jpg");
  await p.click("#photo .samples button"); // coffee.png
  await look("coffee.png");
  fs.writeFileSync(`${scratch}/notes.png`, "no picture");
  await p.setInputFiles("#photo input", `${scratch}/notes.png`);
  await p.waitForSelector("#photo .fault:not([hidden])");
  assert.equal(await p.textContent("#photo .fault"), command("whatisit.wasm", "--json", "notes.png").all.trim());
  await p.click("#photo .samples button");
  await answered(p, "#photo");
}

async function drop(p, target, name, bytes) {
  const transfer = await p.evaluateHandle(([n, b]) => {
    const t = new DataTransfer();
    t.items.add(new File([Uint8Array.from(atob(b), (c) => c.charCodeAt(0))], n));
    return t;
  }, [name, bytes.toString("base64")]);
  for (const event of ["dragenter", "dragover", "drop"]) await p.dispatchEvent(target, event, { dataTransfer: transfer });
}

async function operators(p) {
  await p.focus("#operator select[name=op]");
  await p.waitForSelector("#operator optgroup >> nth=1", { state: "attached" });
  assert.ok((await p.locator("#operator option").count()) > 150, "all operators are offered");
  const ask = async (op, type, text, attributes = "") => {
    fs.writeFileSync(`${scratch}/inputs.json`, text);
    await p.selectOption("#operator [name=op]", op);
    await p.selectOption("#operator [name=type]", type);
    await p.fill("#operator [name=attributes]", attributes);
    await p.fill("#operator textarea", text);
    await p.click("#operator button.main");
    await answered(p, "#operator");
    const words = attributes.split(" ").filter(Boolean).flatMap((a) => ["-a", a]);
    return command("ops.wasm", "-o", op, "-d", type, ...words, "-i", "inputs.json");
  };
  const two = '[{"input-data": [1, 2, 3, 4], "dim-size": 2, "shape": [2, 2]}, {"input-data": [1, 20, 3, 40], "dim-size": 2, "shape": [2, 2]}]';
  for (const [op, type, text, attributes] of [["Add", "FP32", two], ["Mul", "INT32", two], ["EqualCount", "INT8", two],
    ["Argmax", "INT8", '[{"input-data": [3, 1, 4, 1, 5], "dim-size": 1, "shape": [5]}]'], ["Softmax", "FP32", "[[[1, 2], [3, 4]]]", "axis=0"]]) {
    const wanted = await ask(op, type, text, attributes);
    assert.equal(wanted.code, 0, wanted.all);
    assert.equal(await p.textContent("#operator .result"), wanted.out);
    assert.equal(await printed(p, "#operator"), wanted.all);
  }
  const wrong = await ask("Add", "FP32", "[[1, 2],\n [3,, 4]]");
  assert.notEqual(wrong.code, 0);
  assert.match(wrong.all, /line 2, column 5/);
  assert.equal(await p.textContent("#operator .fault"), wrong.all.trim());
  assert.equal(await p.evaluate(() => document.activeElement.selectionStart), "[[1, 2],\n [3,".length);
  assert.ok(await p.isHidden("#operator .result"));
  await p.selectOption("#operator [name=op]", "Mul");
  await drop(p, "#operator textarea", "two.json", Buffer.from(two));
  await p.waitForSelector("#operator .result:not([hidden])");
  assert.match(await p.textContent("#operator .result"), /1\.0, 40\.0,\s+9\.0, 160\.0/);
}

/** Compares what the page reads on its paper with what the command reads there. */
async function same_digit(p, digit) {
  await answered(p, "#digit");
  await p.waitForFunction((d) => document.querySelector("#digit .said strong").textContent === d, digit);
  await p.evaluate(() => document.activeElement.blur()); // takes the pen off the picture
  const picture = await p.evaluate(() => document.querySelector("#paper").toDataURL().split(",")[1]);
  fs.writeFileSync(`${scratch}/digit.png`, Buffer.from(picture, "base64"));
  const wanted = command("guide.wasm", "infer", "--artifacts", "guide", "--json", "digit.png");
  assert.equal(await printed(p, "#digit"), wanted.all);
  assert.equal(String(JSON.parse(wanted.out).digit), digit);
}

async function digits(p) {
  await p.locator("#paper").scrollIntoViewIfNeeded();
  const box = await p.locator("#paper").boundingBox();
  const draw = async (...points) => {
    for (const [i, [x, y]] of points.entries()) {
      await p.mouse.move(box.x + (x * box.width) / 280, box.y + (y * box.height) / 280, { steps: 4 });
      if (i === 0) await p.mouse.down();
    }
    await p.mouse.up();
  };
  await draw([90, 70], [190, 70], [170, 110], [140, 160], [125, 230]);
  await same_digit(p, "7");
  await p.click("#paper-clear");
  assert.ok(await p.isHidden("#digit .said"));
  // With keys: up, pen down, all the way down.
  await p.focus("#paper");
  const press = async (key, times) => {
    for (let i = 0; i < times; ++i) await p.keyboard.press(key);
  };
  await press("ArrowUp", 8);
  await press("Space", 1);
  await press("ArrowDown", 16);
  await press("Space", 1);
  await same_digit(p, "1");
  await p.focus("#paper");
  await press("Delete", 1);
  await draw([90, 80], [120, 50], [170, 55], [180, 100], [130, 140], [185, 165], [180, 220], [120, 235], [85, 210]);
  await same_digit(p, "3");
}

/** What has the focus, one after the other. */
async function keyboard(p) {
  await p.evaluate(() => document.body.focus());
  const reached = [];
  for (let i = 0; i < 40; ++i) {
    await p.keyboard.press("Tab");
    reached.push(await p.evaluate(() => {
      const e = document.activeElement;
      return e.name || e.id || (e.closest(".samples") ? "sample" : e.closest(".drop") ? "picture" : e.tagName.toLowerCase());
    }));
    if (reached.at(-1) === "body") break;
  }
  for (const name of ["picture", "sample", "paper", "paper-clear", "op", "type", "attributes", "input", "button", "file"])
    assert.ok(reached.includes(name), `${name} is reached by tabulator, not only ${reached}`);
}

async function fits(p, name) {
  assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name}: the page is wider than the window`);
  await p.evaluate(() => scrollTo(0, 0));
  await p.screenshot({ path: `${scratch}/${name}.png`, fullPage: true, animations: "disabled" });
}

try {
  const p = await open({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  assert.equal(await p.evaluate(() => crossOriginIsolated), false); // no special headers
  await keyboard(p);
  await fits(p, "desktop-light-empty");
  await photographs(p);
  await operators(p);
  await digits(p);
  await fits(p, "desktop-light");
  const light = await p.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await p.emulateMedia({ colorScheme: "dark" });
  await fits(p, "desktop-dark");
  assert.notEqual(await p.evaluate(() => getComputedStyle(document.documentElement).backgroundColor), light);
  await p.setViewportSize({ width: 390, height: 844 });
  await fits(p, "phone-dark");
  await p.emulateMedia({ colorScheme: "light" });
  await fits(p, "phone-light");
  await p.setViewportSize({ width: 320, height: 640 });
  await fits(p, "narrow-light");
  assert.deepEqual(complaints, []);
  console.log(`the page is as it should be, in Chromium ${browser.version()}`);
} finally {
  await browser.close();
  server.kill();
}
