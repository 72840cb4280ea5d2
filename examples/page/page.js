// The three parts of the page know nothing of each other.
import "./photo.js";
import "./digit.js";
import "./operator.js";

// A file that misses its place is not to replace the page.
for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
