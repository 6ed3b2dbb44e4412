// The dashboard is the one part that is built. Once for each change of what goes into it; a build that fails stops no start.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Packages whose sources the pages import. */
const packages = ['protocol', 'federation', 'models', 'data', 'client'].map((name) => `packages/${name}`)
const files = [
  'pnpm-lock.yaml',
  'apps/dashboard/index.html',
  'apps/dashboard/vite.config.ts',
  // What a package gives to whom stands in its package.json.
  ...['apps/dashboard', ...packages].map((folder) => `${folder}/package.json`),
]
const folders = ['apps/dashboard', ...packages].map((folder) => `${folder}/src`)
const forTests = /\.test\.tsx?$|[\\/](fixtures|testing)[\\/]/

const stampFile = (root) => join(root, '.tributary/dashboard.sha256')
const dist = (root) => join(root, 'apps/dashboard/dist')

/** Hash of everything that decides what the built pages are; tests do not. */
export function dashboardStamp(root) {
  const hash = createHash('sha256')
  const add = (path) => hash.update(relative(root, path)).update('\0').update(readFileSync(path)).update('\0')
  for (const file of files) if (existsSync(join(root, file))) add(join(root, file))
  for (const folder of folders) {
    if (!existsSync(join(root, folder))) continue
    const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !forTests.test(relative(root, path)))
    for (const path of paths.sort()) add(path)
  }
  return hash.digest('hex')
}

/** 'built' when the pages are those of the sources, 'failed' when these sources did not build, else 'due'. */
export function dashboardState(root, stamp) {
  const kept = existsSync(stampFile(root)) ? readFileSync(stampFile(root), 'utf8') : ''
  if (kept === `failed ${stamp}`) return 'failed'
  return kept === stamp && existsSync(join(dist(root), 'index.html')) ? 'built' : 'due'
}

/**
 * Builds the dashboard when it is due, or again when `always`. Pages that are there stay until new ones are complete.
 * @returns whether the pages are those of the sources
 */
export function buildDashboard(root, node, { always = false } = {}) {
  if (process.env.TRIBUTARY_DASHBOARD === 'off' && !always) return false
  const stamp = dashboardStamp(root)
  const state = dashboardState(root, stamp)
  if (state === 'built' && !always) return true
  if (state === 'failed' && !always) {
    console.error(
      `The dashboard was not built: its last build failed. ${existing(root)} To see why: node scripts/bootstrap.mjs dashboard`,
    )
    return false
  }
  const made = join(root, `.tributary/dashboard-${process.pid}`)
  console.error('Building the dashboard (once for each change, a few seconds) …')
  const vite = join(root, 'apps/dashboard/node_modules/vite/bin/vite.js')
  const argv = [vite, 'build', join(root, 'apps/dashboard'), '--outDir', made, '--emptyOutDir', '--logLevel', 'warn']
  const { status } = spawnSync(node, argv, {
    cwd: root,
    stdio: ['ignore', 2, 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  mkdirSync(join(root, '.tributary'), { recursive: true })
  if (status !== 0 || !existsSync(join(made, 'index.html'))) {
    rmSync(made, { recursive: true, force: true })
    writeFileSync(stampFile(root), `failed ${stamp}`)
    console.error(`The dashboard could not be built; the lines above say why. ${existing(root)}`)
    return false
  }
  rmSync(dist(root), { recursive: true, force: true })
  renameSync(made, dist(root))
  writeFileSync(stampFile(root), stamp)
  return true
}

const existing = (root) =>
  existsSync(join(dist(root), 'index.html'))
    ? 'The pages of the build before are served.'
    : 'A plain status page is served in its place; everything else works.'
