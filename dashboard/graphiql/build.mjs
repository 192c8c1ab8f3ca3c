// Writes gateway/static/graphiql/: one script, one style sheet, the page, the licences.
import { build } from "esbuild";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../../gateway/static/graphiql");

await mkdir(out, { recursive: true });
const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: { graphiql: "src/main.jsx" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [{ name: "system-fonts", setup: withoutFonts }],
  legalComments: "none", // all licences are in LICENSES.txt
  metafile: true,
});
await cp(join(here, "src/index.html"), join(out, "index.html"));
await writeFile(join(out, "LICENSES.txt"), await licences(Object.keys(metafile.inputs)));

// GraphiQL's style sheet carries two fonts, three quarters of its size; the system's will do.
function withoutFonts(bundler) {
  bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => ({
    contents: (await readFile(path, "utf8")).replace(/@font-face\s*\{[^}]*\}/g, ""),
    loader: "css",
  }));
}

async function licences(inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const found = input.match(/^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//);
    if (found) packages.add(found[1]);
  }
  const texts = [];
  for (const folder of [...packages].sort()) {
    const about = JSON.parse(await readFile(join(here, folder, "package.json"), "utf8"));
    const file = (await readdir(join(here, folder))).find((name) => /^licen[cs]e/i.test(name));
    if (!file && about.license !== "MIT") throw new Error(`${about.name} has no licence text`);
    const text = file ? await readFile(join(here, folder, file), "utf8") : mit(about);
    texts.push(`${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${"-".repeat(78)}\n\n`);
}

// Some packages name the MIT licence without bringing its text along.
function mit({ name, author }) {
  const owner = author?.name ?? author ?? `the authors of ${name}`;
  return `MIT License

Copyright (c) ${owner}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}
