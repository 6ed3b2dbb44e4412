// The one door to the product: installs what the lockfile says (once), then runs the pinned Node.
// Has no dependencies and must parse on Node 20, the oldest that a newcomer may have.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildDashboard } from './dashboard.mjs'
import { handOver } from './hand-over.mjs'
import { nativeIsDue } from './native/state.mjs'
import { pinnedNodePath } from './pinned-node.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const state = join(root, '.tributary')
const stampFile = join(state, 'install.sha256')
const [major] = process.versions.node.split('.').map(Number)
if (major < 20) {
  console.error(
    `Tributary needs Node 20 or newer; this is ${process.version}. Install a newer one from nodejs.org and run the command again.`,
  )
  process.exit(1)
}

const command = process.argv[2]
const args = process.argv.slice(3)

installOnce()
const node = pinnedNode()
if (command === 'dashboard') process.exit(buildDashboard(root, node, { always: true }) ? 0 : 1)
if (command === 'install') {
  buildDashboard(root, node)
  process.exit(0)
}
if (command === 'native') exitWith(run(node, [join(root, 'scripts/native.mjs'), '--again', ...args]))
if (nativeIsDue(root)) run(node, [join(root, 'scripts/native.mjs')])
if (command === 'run' || command === 'bin') buildDashboard(root, node)
if (command === 'run') handOver(node, [isAbsolute(args[0] ?? '') ? args[0] : join(root, args[0] ?? ''), ...args.slice(1)])
else if (command === 'bin') handOver(node, [binPath(args[0]), ...args.slice(1)])
else {
  console.error('usage: node scripts/bootstrap.mjs install | native | dashboard | run FILE [ARG ...] | bin NAME [ARG ...]')
  process.exit(2)
}

/** Installs when the stamp (a hash of everything that decides what is installed) is not today's. */
function installOnce() {
  const stamp = stampOf()
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(join(root, 'node_modules'))) return
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(`Installing with ${packageManager} (once; about 20 s, 1 GB) …`)
  const rc = run(
    'npx',
    [
      '--yes',
      packageManager,
      'install',
      '--frozen-lockfile',
      '--prod=false',
      '--fetch-retries',
      '1',
      '--reporter',
      'append-only',
      '--loglevel',
      'warn',
    ],
    installEnvironment(),
  )
  if (rc !== 0) {
    console.error(
      'The installation failed. The lines above say why; most often the package registry cannot be reached. Run the same command again when it can.',
    )
    process.exit(1)
  }
  const generated = run(pinnedNode(), [join(root, 'scripts/generate-database-client.mjs')])
  if (generated !== 0) process.exit(1)
  mkdirSync(state, { recursive: true })
  writeFileSync(stampFile, stamp)
}

function stampOf() {
  const hash = createHash('sha256')
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', 'apps/coordinator/prisma/schema.prisma']
  for (const group of ['packages', 'apps']) {
    for (const name of readdirSync(join(root, group)).sort()) files.push(join(group, name, 'package.json'))
  }
  for (const file of files) if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

/** pnpm without a terminal asks no questions; npm's own settings for the outer call would only confuse it. */
function installEnvironment() {
  const env = { ...process.env, CI: '1' }
  delete env.NODE_ENV
  for (const key of Object.keys(env)) {
    if (/^npm_config_/i.test(key) && !/^npm_config_(registry|cache)$/i.test(key)) delete env[key]
  }
  return env
}

/** The binary itself, never the `.bin` shim: a shim swallows signals. */
function pinnedNode() {
  const path = pinnedNodePath(root)
  if (path) return path
  if (major >= 22) return process.execPath
  console.error(`No pinned Node 22 for ${process.platform}-${process.arch}: install Node 22 by hand and run the command with it.`)
  process.exit(1)
}

function binPath(name) {
  const dir = join(root, 'node_modules', name)
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return join(dir, typeof bin === 'string' ? bin : bin[name])
}

function run(file, argv, env = process.env) {
  const result = spawnSync(file, argv, {
    cwd: root,
    stdio: ['inherit', 2, 'inherit'],
    env,
    shell: process.platform === 'win32' && file === 'npx',
  })
  return result.status ?? 1
}

function exitWith(code) {
  process.exit(code)
}
