// Builds static/scripts/tensor_view.js from src/, or with --tests the tests into .test/; a last argument names another place.
// The built file is committed, so that nobody needs Node to run the dashboard;
// tests/unit/ui/test_tensor_view_build.py builds it again and compares.
import { readdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const here = fileURLToPath(new URL(".", import.meta.url))
const common = { bundle: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning" }
const BANNER = "// Built from frontend/src by `npm run build`: change it there."
if (process.argv[2] === "--tests") {
  const outdir = process.argv[3] ?? `${here}.test`
  if (outdir !== process.argv[3]) rmSync(outdir, { recursive: true, force: true })
  const entryPoints = readdirSync(`${here}test`).map((name) => `${here}test/${name}`)
  await build({ ...common, entryPoints, outdir, platform: "node", outExtension: { ".js": ".mjs" } })
} else {
  const outfile = process.argv[2] ?? `${here}../../../../static/scripts/tensor_view.js`
  await build({ ...common, entryPoints: [`${here}src/index.ts`], outfile, minify: true, banner: { js: BANNER } })
}
