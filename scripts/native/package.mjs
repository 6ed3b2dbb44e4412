// The installed package @tensorflow/tfjs-node: where it lies, whether it loads, and how it is completed in one move.
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { runWatched } from './watched.mjs'

const STAGING = '.native-'
const HOUR = 3_600_000

/** The folder that packages/models gets when it imports tfjs-node, or null when the optional package is not there. */
export function locatePackage(root) {
  try {
    const require = createRequire(join(root, 'packages/models/package.json'))
    return realpathSync(dirname(require.resolve('@tensorflow/tfjs-node/package.json')))
  } catch {
    return null
  }
}

const CHECK = `
const tf = require(process.argv[1])
const product = Array.from(tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[1, 2], [3, 4]])).dataSync())
if (String(product) !== '7,10,15,22') throw new Error('wrong product ' + product)
if (tf.getBackend() !== 'tensorflow') throw new Error('the backend is ' + tf.getBackend())
console.log('libtensorflow ' + tf.backend().binding.TF_Version)
`

/**
 * Loads the package in a process of its own (a wrong library can end it by a signal) and multiplies two matrices.
 * @returns {Promise<{ version: string | null, why: string | null }>} version of libtensorflow, or why it does not load
 */
export async function checkLoad(node, packageDir, log) {
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' }
  const { ok, output, end } = await runWatched(node, ['--no-deprecation', '-e', CHECK, packageDir], {
    env,
    log,
    limitSeconds: 60,
  })
  const version = /^libtensorflow (\S+)$/m.exec(output)?.[1]
  if (ok && version) return { version, why: null }
  return { version: null, why: /^\w*Error: (.{1,200})/m.exec(output)?.[1] ?? end }
}

/**
 * A copy of the package in a folder inside it: on the same disk, with the same resolution of dependencies. Work happens on
 * the copy because installers write into package.json, and pnpm's files may be shared with its store.
 * @returns {{ folder: string, copy: string }} `folder` is removed when all is done
 */
export function stage(packageDir) {
  const folder = join(packageDir, `${STAGING}${process.pid}`)
  const copy = join(folder, 'tfjs-node')
  mkdirSync(copy, { recursive: true })
  for (const name of ['package.json', 'binding.gyp', 'binding', 'scripts', 'dist']) {
    if (existsSync(join(packageDir, name))) cpSync(join(packageDir, name), join(copy, name), { recursive: true })
  }
  return { folder, copy }
}

/** Removes what an interrupted run left: up to 1 GB. */
export function removeStale(packageDir) {
  for (const name of readdirSync(packageDir)) {
    if (!name.startsWith(STAGING)) continue
    const path = join(packageDir, name)
    const pid = Number(name.slice(STAGING.length))
    if (pid === process.pid || !isAlive(pid) || Date.now() - statSync(path).mtimeMs > HOUR) removeFolder(path)
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** Moves deps/ and then lib/ into the package; lib/ holds the binding, without which nothing looks finished. */
export function place({ folder, copy }, packageDir) {
  for (const name of ['deps', 'lib']) {
    const target = join(packageDir, name)
    if (existsSync(target)) renameSync(target, join(folder, `old-${name}`))
    renameSync(join(copy, name), target)
  }
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

/** Bytes in all files below a folder; files that vanish meanwhile count nothing. */
export function folderBytes(folder) {
  let total = 0
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      total += entry.isDirectory() ? folderBytes(path) : (statSync(path, { throwIfNoEntry: false })?.size ?? 0)
    }
  } catch {
    return total
  }
  return total
}
