// Makes @tensorflow/tfjs-node load: `node scripts/native.mjs [--again] [--json]`. Why and how: docs/decisions/0003.
// First try: exit 0 whatever comes out, since WASM trains too. --again: exit 1 when it is still not installed.
// Everything is built in a folder beside its place and moved there when it has been seen to work; the state is written last.
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileBinding } from './native/compile.mjs'
import { downloadByTfjs } from './native/download.mjs'
import { checkLoad, locatePackage, place, removeFolder, removeStale, stage } from './native/package.mjs'
import { failureLine, Obstacle, planOf, toolObstacle } from './native/plan.mjs'
import { stateFile, writeState } from './native/state.mjs'
import { findTools } from './native/tools.mjs'
import { killAll, runWatched } from './native/watched.mjs'
import { unpackWheel } from './native/wheel.mjs'
import { pinnedNodePath } from './pinned-node.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const again = process.argv.includes('--again')
const started = Date.now()
const log = join(dirname(stateFile(root)), 'native.log')
const node = process.versions.node.startsWith('22.') ? process.execPath : (pinnedNodePath(root) ?? process.execPath)
const say = (text) => console.error(`Native TensorFlow: ${text}`)

mkdirSync(dirname(log), { recursive: true })
writeFileSync(log, '')

let staged = null
for (const [signal, number] of [
  ['SIGHUP', 1],
  ['SIGINT', 2],
  ['SIGTERM', 15],
]) {
  process.on(signal, () => {
    killAll()
    if (staged) removeFolder(staged.folder)
    process.exit(128 + number)
  })
}

const off = process.env.TRIBUTARY_NATIVE === 'off'
const packageDir = locatePackage(root)
const failed = { ok: false, how: null, tfjsNode: packageDir, libtensorflow: null }
let outcome
try {
  outcome = { ok: true, reason: null, nextStep: null, tfjsNode: packageDir, ...(await install()) }
} catch (error) {
  // Anything unforeseen (a full disk, a forbidden folder) is a reason like the others: training goes on with WASM.
  const nextStep = error instanceof Obstacle ? error.nextStep : 'See .tributary/native.log, then run: npm run native'
  outcome = { ...failed, reason: String(error?.message ?? error).split('\n')[0], nextStep }
} finally {
  if (staged) removeFolder(staged.folder)
}

const state = writeState(root, outcome, !off)
if (state.ok) say(`ready (libtensorflow ${state.libtensorflow}, ${((Date.now() - started) / 1000).toFixed(1)} s)`)
else console.error(failureLine(state))
if (process.argv.includes('--json')) console.log(JSON.stringify(state))
process.exitCode = state.ok || !again ? 0 : 1

/** @returns {Promise<{ how: 'present' | 'download' | 'wheel', libtensorflow: string }>} @throws {Obstacle} */
async function install() {
  if (packageDir) removeStale(packageDir)
  const plan = planOf({
    platform: process.platform,
    arch: process.arch,
    musl: process.platform === 'linux' && !glibcVersion(),
    nodeMajor: await majorOf(node),
    off,
    packageDir,
    freeBytes: packageDir ? freeBytes(packageDir) : 0,
  })
  if (packageDir && !off) {
    const { version } = await checkLoad(node, packageDir, log)
    if (version) return { how: 'present', libtensorflow: version }
  }
  if (plan.obstacle) throw plan.obstacle

  staged = stage(packageDir)
  const tried = []
  if (plan.download) {
    say('trying the download of tfjs-node itself …')
    const { ok, why } = await downloadByTfjs({ node, copy: staged.copy, packageDir, log, say })
    const version = ok ? await placeIfItLoads(tried) : null
    if (version) return { how: 'download', libtensorflow: version }
    if (!ok) tried.push(why)
    say(`that download did not work (${tried[0]})`)
  }
  if (!plan.wheel) {
    throw new Obstacle(
      `the download of libtensorflow failed (${tried[0]}) and no other source is prepared for ${process.platform}-${process.arch}`,
      'When storage.googleapis.com can be reached, run: npm run native',
    )
  }
  const tools = findTools(root)
  const missing = toolObstacle(tools)
  if (missing) throw missing
  removeFolder(join(staged.copy, 'lib'))
  await unpackWheel({ wheel: plan.wheel, tools, folder: staged.folder, copy: staged.copy, log, say })
  await compileBinding({ tools, copy: staged.copy, log, say })
  const version = await placeIfItLoads(tried)
  if (!version)
    throw new Obstacle(`the library does not load: ${tried.at(-1)}`, 'See .tributary/native.log, then run: npm run native')
  return { how: 'wheel', libtensorflow: version }
}

/** Seen to work in the copy, moved, and seen to work in its place. */
async function placeIfItLoads(tried) {
  const trial = await checkLoad(node, staged.copy, log)
  if (trial.version) {
    place(staged, packageDir)
    const placed = await checkLoad(node, packageDir, log)
    if (placed.version) return placed.version
    tried.push(placed.why)
    removeFolder(join(packageDir, 'lib'))
  } else tried.push(trial.why)
  return null
}

async function majorOf(binary) {
  if (binary === process.execPath) return Number(process.versions.node.split('.')[0])
  const { output } = await runWatched(binary, ['--version'], { log, limitSeconds: 30 })
  return Number(/v(\d+)/.exec(output)?.[1] ?? 0)
}

function glibcVersion() {
  // Without this the report looks up host names.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime
}

function freeBytes(folder) {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
