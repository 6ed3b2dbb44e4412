import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { buildDashboard, dashboardStamp, dashboardState } from './dashboard.mjs'

let root = ''
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
/** Stands for Vite: makes a page of the sources, or fails when they say so. */
const fakeVite = `
const { mkdirSync, readFileSync, writeFileSync, appendFileSync } = require('node:fs')
const at = process.argv[process.argv.indexOf('--outDir') + 1]
appendFileSync('builds.log', 'x')
const source = readFileSync('apps/dashboard/src/main.tsx', 'utf8')
if (source === 'broken') process.exit(1)
mkdirSync(at, { recursive: true })
writeFileSync(at + '/index.html', source)
`
const builds = () => readFileSync(join(root, 'builds.log'), 'utf8').length

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-build-'))
  vi.spyOn(console, 'error').mockImplementation(() => {})
  put('apps/dashboard/node_modules/vite/bin/vite.js', fakeVite)
  put('apps/dashboard/node_modules/package.json', '{"type":"commonjs"}')
  put('apps/dashboard/src/main.tsx', 'one')
  put('packages/protocol/src/index.ts', 'a')
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true, force: true })
})

it('builds once for each change of what goes into the pages', () => {
  expect(buildDashboard(root, process.execPath)).toBe(true)
  expect(buildDashboard(root, process.execPath)).toBe(true)
  expect(builds()).toBe(1)
  put('packages/protocol/src/index.test.ts', 'a test changes no page')
  put('packages/data/src/fixtures/iris.csv', 'nor do its tables')
  put('packages/models/src/testing/table.ts', 'and its tools')
  expect(dashboardState(root, dashboardStamp(root))).toBe('built')
  put('packages/protocol/src/index.ts', 'b')
  expect(dashboardState(root, dashboardStamp(root))).toBe('due')
  put('packages/protocol/package.json', '{}')
  expect(dashboardState(root, dashboardStamp(root))).toBe('due')
  put('apps/dashboard/src/main.tsx', 'two')
  expect(buildDashboard(root, process.execPath)).toBe(true)
  expect(builds()).toBe(2)
  expect(readFileSync(join(root, 'apps/dashboard/dist/index.html'), 'utf8')).toBe('two')
})

it('keeps the pages that are there when a build fails, and tries these sources once', () => {
  buildDashboard(root, process.execPath)
  put('apps/dashboard/src/main.tsx', 'broken')
  expect(buildDashboard(root, process.execPath)).toBe(false)
  expect(buildDashboard(root, process.execPath)).toBe(false)
  expect(builds()).toBe(2)
  expect(readFileSync(join(root, 'apps/dashboard/dist/index.html'), 'utf8')).toBe('one')
  expect(buildDashboard(root, process.execPath, { always: true })).toBe(false)
  expect(builds()).toBe(3)
  put('apps/dashboard/src/main.tsx', 'mended')
  expect(buildDashboard(root, process.execPath)).toBe(true)
  expect(existsSync(join(root, 'apps/dashboard/dist/index.html'))).toBe(true)
})
