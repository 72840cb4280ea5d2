// What a part of the page shows of a run: how loading goes, what went wrong, and which command it was.

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

export class State {
  #root;

  /** At the end of `parent`. */
  constructor(parent) {
    this.#root = document.querySelector("#state").content.firstElementChild.cloneNode(true);
    parent.append(this.#root);
  }
  #part(selector) {
    return this.#root.querySelector(selector);
  }

  /** What went wrong in the last run, or nothing. */
  get fault() {
    return this.#part(".fault").hidden ? "" : this.#part(".fault").textContent;
  }

  /** Runs the guest, with files or what promises them, and gives what it answers, or undefined after telling why not. */
  async run(guest, args, files) {
    const [progress, doing, fault, details] = ["progress", ".doing", ".fault", "details"].map((s) => this.#part(s));
    fault.hidden = true;
    doing.textContent = "Running…";
    const loads = (loaded, total) => {
      progress.hidden = false;
      if (total) progress.max = total, progress.value = loaded;
      doing.textContent = loaded === total ? "Compiling…" : `Loading, ${megabytes(loaded)}${total ? ` of ${megabytes(total)}` : ""} MB`;
    };
    try {
      const answer = await guest.run(args, await files, loads);
      this.#part(".command").textContent = guest.command(args);
      this.#part("pre").textContent = answer.out + answer.err;
      details.hidden = false;
      doing.textContent = answer.code === 0 ? `Answered in ${Math.max(1, Math.round(answer.milliseconds))} ms` : "";
      if (answer.code === 0) return answer;
      throw new Error(answer.err.trim() || `exit code ${answer.code}`);
    } catch (e) {
      doing.textContent = "";
      fault.textContent = e.message;
      fault.hidden = false;
    } finally {
      progress.hidden = true;
    }
  }
  /** Nothing, as at first. */
  clear() {
    for (const part of [this.#part(".fault"), this.#part("details")]) part.hidden = true;
    this.#part(".doing").textContent = "";
  }
}

/** A list of [label, share] as bars. */
export function showBars(list, entries) {
  list.replaceChildren(...entries.map(([label, share]) => {
    const item = document.createElement("li");
    const [name, bar, number] = ["span", "span", "span"].map((tag) => item.appendChild(document.createElement(tag)));
    name.className = "name", name.textContent = label;
    bar.className = "bar";
    bar.style.setProperty("--share", share);
    number.className = "number", number.textContent = `${(100 * share).toFixed(1)} %`;
    return item;
  }));
  list.hidden = false;
}

/** Calls take(file) for a file that is chosen with the input or dropped on the target. */
export function acceptFiles(input, target, take) {
  input.addEventListener("change", () => {
    if (input.files.length) take(input.files[0]);
    input.value = ""; // the same file may be chosen again
  });
  for (const [type, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]])
    target.addEventListener(type, (event) => {
      event.preventDefault();
      target.classList.toggle("over", over);
    });
  target.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
}
