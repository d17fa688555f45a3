// Makes www/vendor/ from the packages of the lock file: `node tools/vendor.mjs`, after `npm ci`.
// React, its DOM, htm and lean-qr, each as one ECMAScript module, so that the page needs no build step.

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))
const vendor = join(root, 'www', 'vendor')

const modules = [
  { file: 'react.js', of: 'react', named: Object.keys(require('react')) },
  { file: 'react-dom.js', of: 'react-dom/client', named: Object.keys(require('react-dom/client')) },
  { file: 'htm.js', of: 'htm', named: [] },
  { file: 'lean-qr.js', of: 'lean-qr/nano', named: ['generate'] },
]

/** What belongs into www/vendor, by file name. @returns {Promise<Map<string, string>>} */
export async function make() {
  const files = new Map()
  const packages = new Set()
  for (const module of modules) {
    const { code, inputs } = await bundle(module)
    for (const input of inputs) packages.add(input.package)
    files.set(module.file, header(inputs) + code)
  }
  files.set('licences.txt', [...packages].map(licence).join('\n'))
  return files
}

/** @param {{ file: string, of: string, named: string[] }} module */
async function bundle({ file, of, named }) {
  const result = await build({
    stdin: { contents: entry(of, named), resolveDir: root },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    absWorkingDir: root,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none', // the header names them, and licences.txt has the texts
    define: { 'process.env.NODE_ENV': '"production"' },
    plugins: of === 'react' ? [] : [reactBeside],
  })
  const [output] = Object.values(result.metafile.outputs)
  const inputs = Object.entries(output.inputs)
    .filter(([path, { bytesInOutput }]) => path.includes('node_modules') && bytesInOutput > 0)
    .map(([path]) => source(join(root, path)))
    // The one-line files that choose between development and production say nothing.
    .filter(({ path }) => /\.production\.js$|^dist\/|^nano\.mjs$/.test(path))
  if (inputs.length === 0) throw new Error(`nothing of ${of} went into ${file}`)
  return { code: result.outputFiles[0].text, inputs }
}

/** CommonJS has no names to export, so they are asked for one by one. */
function entry(/** @type {string} */ of, /** @type {string[]} */ named) {
  if (of === 'lean-qr/nano') return `export { ${named.join(', ')} } from '${of}'\n`
  const list = named.length > 0 ? `export const { ${named.join(', ')} } = all\n` : ''
  return `import all from '${of}'\n${list}export default all\n`
}

/** The DOM takes React from the file beside it: there must be only one. */
const reactBeside = /** @type {import('esbuild').Plugin} */ ({
  name: 'react-beside',
  setup(build) {
    build.onResolve({ filter: /^react$/ }, () => ({ path: 'react', namespace: 'beside' }))
    build.onResolve({ filter: /^\.\/react\.js$/ }, () => ({ path: './react.js', external: true }))
    build.onLoad({ filter: /.*/, namespace: 'beside' }, () => ({ contents: `export * from './react.js'` }))
  },
})

/** One file of a package that went into a module. @param {string} file */
function source(file) {
  let folder = dirname(file)
  while (dirname(dirname(folder)) !== folder && !folder.split(sep).at(-2)?.endsWith('node_modules')) folder = dirname(folder)
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  return { package: folder, name, version, license, path: relative(folder, file).replaceAll(sep, '/'), sha256 }
}

/** @param {ReturnType<typeof source>[]} inputs */
function header(inputs) {
  const lines = inputs.map(({ name, version, license, path, sha256 }) => `   ${name} ${version} (${license}) ${path} sha256 ${sha256}`)
  return `/* Made by tools/vendor.mjs, do not edit. Licence texts in licences.txt. From npm:\n${lines.join('\n')} */\n`
}

/** @param {string} folder */
function licence(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, text] of await make()) {
    writeFileSync(join(vendor, file), text)
    console.log(`${file}: ${Buffer.byteLength(text)} bytes`)
  }
}
