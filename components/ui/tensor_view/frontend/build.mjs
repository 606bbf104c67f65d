// Builds ../tensor_view.js from src/ (and, with --tests, the tests into .test/). The built file is committed, so that
// nobody needs Node to run the dashboard; tests/unit/ui/test_tensor_view_build.py builds it again and compares.
import { readdirSync, rmSync } from "node:fs"
import { build } from "esbuild"

const here = new URL(".", import.meta.url).pathname
const common = { bundle: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning" }
const BANNER = "// Built from frontend/src by `npm run build`: change it there."
if (process.argv.includes("--tests")) {
  rmSync(`${here}.test`, { recursive: true, force: true })
  const entryPoints = readdirSync(`${here}test`).map((name) => `${here}test/${name}`)
  await build({ ...common, entryPoints, outdir: `${here}.test`, platform: "node", outExtension: { ".js": ".mjs" } })
} else {
  const outfile = process.argv[2] ?? `${here}../tensor_view.js`
  await build({ ...common, entryPoints: [`${here}src/index.ts`], outfile, minify: true, banner: { js: BANNER } })
}
