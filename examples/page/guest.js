// A program in a worker of its own: run() is its command line, with the files that it is to see.

export class Guest {
  #worker;
  #module;
  #waiting = new Map();
  #runs = 0;

  /** `module` is the program's file, beside this one. */
  constructor(module) {
    this.#module = module;
  }

  /**
   * Runs the program with these arguments. `files` are bytes by path; `progress(loaded, total)` is told how the
   * program is loaded the first time. Gives { code, out, err, milliseconds }; where it cannot be run, an Error.
   */
  run(args, files = {}, progress = () => {}) {
    this.#worker ??= this.#start();
    const id = ++this.#runs;
    const done = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, progress }));
    this.#worker.postMessage({ id, module: this.#module, args, files });
    return done;
  }

  /** The command line as one would type it. */
  command(args) {
    const quoted = (a) => (/^[\w./=:,+-]+$/.test(a) ? a : `'${a.replaceAll("'", "'\\''")}'`);
    return [this.#module, ...args.map(quoted)].join(" ");
  }

  #start() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.onmessage = ({ data: { id, loaded, total, answer, fault } }) => {
      const waiting = this.#waiting.get(id);
      if (loaded !== undefined) return waiting.progress(loaded, total);
      this.#waiting.delete(id);
      if (fault === undefined) waiting.resolve(answer);
      else waiting.reject(new Error(fault));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      for (const { reject } of this.#waiting.values()) reject(new Error(event.message || `${this.#module} cannot be started`));
      this.#waiting.clear();
      this.#worker = undefined;
    };
    return worker;
  }
}
