import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { isAlive } from '../test/harness/processes.ts'
import { causeOf } from './native/download.mjs'
import { failureLine, planOf, toolObstacle, WHEELS } from './native/plan.mjs'
import { nativeIsDue, stateFile, writeState } from './native/state.mjs'
import { lastError } from './native/wheel.mjs'

const scripts = fileURLToPath(new URL('.', import.meta.url))
const linux = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
// The binary itself: what PATH has may be a shim that needs PATH.
const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() || 'python3'

const good = { platform: 'linux', arch: 'x64', musl: false, nodeMajor: 22, off: false, packageDir: '/p', freeBytes: 5e9 }
const allTools = { python: '/bin/python3', pip: ['/bin/python3', '-m', 'pip'], compiler: '/bin/g++', nodeHeaders: '/h' }

describe('the plan', () => {
  test('Linux has both ways, macOS and Windows only the download of tfjs-node', () => {
    expect(planOf(good)).toEqual({ obstacle: null, download: true, wheel: WHEELS['linux-x64'] })
    expect(planOf({ ...good, arch: 'arm64' }).wheel?.project).toBe('tensorflow-cpu-aws')
    for (const platform of ['darwin', 'win32'])
      expect(planOf({ ...good, platform })).toMatchObject({ download: true, wheel: null })
  })

  test.each([
    [{ off: true }, 'TRIBUTARY_NATIVE=off', 'Unset TRIBUTARY_NATIVE'],
    [{ packageDir: null }, '@tensorflow/tfjs-node is missing', 'Remove node_modules'],
    [{ nodeMajor: 24 }, 'does not load in Node 24', 'Use Node 22'],
    [{ platform: 'freebsd' }, 'no libtensorflow for freebsd-x64', null],
    [{ musl: true }, 'musl', null],
    [{ freeBytes: 3e8 }, '300 MB', 'Free some space'],
  ])('%j stops before anything is fetched', (fact, reason, nextStep) => {
    const { obstacle, download, wheel } = planOf({ ...good, ...fact })
    expect({ download, wheel }).toEqual({ download: false, wheel: null })
    expect(obstacle?.message).toContain(reason)
    if (nextStep === null) expect(obstacle?.nextStep).toBeNull()
    else expect(obstacle?.nextStep).toContain(nextStep)
  })

  test('there is either an obstacle or a way, never both or neither', () => {
    const facts = fc.record({
      platform: fc.constantFrom('linux', 'darwin', 'win32', 'freebsd', 'aix'),
      arch: fc.constantFrom('x64', 'arm64', 'ia32', 'riscv64'),
      musl: fc.boolean(),
      nodeMajor: fc.integer({ min: 20, max: 26 }),
      off: fc.boolean(),
      packageDir: fc.constantFrom(null, '/p'),
      freeBytes: fc.double({ min: 0, max: 1e13, noNaN: true }),
    })
    fc.assert(
      fc.property(facts, (given) => {
        const plan = planOf(given)
        expect(plan.obstacle === null).toBe(plan.download || plan.wheel !== null)
      }),
      { seed: 1 },
    )
  })

  test.each([
    [{}, null],
    [{ python: null, pip: null }, 'no Python 3'],
    [{ pip: null }, 'no pip'],
    [{ compiler: null }, 'no C++ compiler'],
    [{ python: null, pip: null, compiler: null }, 'no Python 3 and no C++ compiler'],
    [{ nodeHeaders: null }, 'the package node-api-headers is missing from node_modules'],
  ])('tools %j: %s', (tools, reason) => {
    expect(toolObstacle({ ...allTools, ...tools })?.message ?? null).toBe(reason)
  })

  test('the failure is one line; without a remedy it gives none', () => {
    const line = failureLine({ reason: 'r', nextStep: null })
    expect(line).toBe('Native TensorFlow is not installed (r). Training uses WASM, up to 20 times slower on convolutions.')
    expect(failureLine({ reason: 'r', nextStep: 'Do s' })).toMatch(/convolutions\. Do s$/)
  })
})

describe('causes out of long outputs', () => {
  test('a stack trace becomes its network code', () => {
    const trace = "node:events:497\n      throw er;\nError: getaddrinfo ENOTFOUND host\n  code: 'ENOTFOUND',\n"
    expect(causeOf(trace, 'exit code 1')).toBe('ENOTFOUND')
    expect(causeOf('', 'no progress in 21 s')).toBe('no progress in 21 s')
    expect(causeOf('TypeError: x is no function\n  at y', 'exit code 1')).toBe('x is no function')
  })
  test("pip's last error, or that its index is out of reach", () => {
    expect(lastError({ output: 'ERROR: first\nERROR: second\n', end: 'exit code 1' })).toBe('second')
    expect(lastError({ output: 'WARNING: NewConnectionError(...)\nERROR: No matching', end: '' })).toMatch(/cannot be reached/)
    expect(lastError({ output: '', end: 'exit code 2' })).toBe('exit code 2')
  })
})

let folders: string[] = []
afterEach(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  folders = []
})

describe('what bootstrap asks', () => {
  const outcome = { ok: true, how: 'wheel' as const, reason: null, nextStep: null, libtensorflow: '2.15.1' }

  test('native is due until it was tried in this node_modules', () => {
    const root = temporary()
    const packageDir = join(root, 'package')
    mkdirSync(packageDir)
    expect(nativeIsDue(root, {})).toBe(true)
    const { marker } = writeState(root, { ...outcome, tfjsNode: packageDir })
    expect(nativeIsDue(root, {})).toBe(false)
    rmSync(marker)
    expect(nativeIsDue(root, {})).toBe(true)
    expect(nativeIsDue(root, { TRIBUTARY_NATIVE: 'off' })).toBe(false)
    writeState(root, { ...outcome, ok: false, how: null, reason: 'r', tfjsNode: packageDir })
    expect(nativeIsDue(root, {})).toBe(false)
    writeFileSync(stateFile(root), '{"ok": tr')
    expect(nativeIsDue(root, {})).toBe(true)
  })

  test('a missing package is not asked for at every start', () => {
    const root = temporary()
    writeState(root, { ...outcome, ok: false, tfjsNode: null })
    expect(nativeIsDue(root, {})).toBe(false)
  })
})

describe.runIf(linux)('the script, on a copy with a package of paper (Linux only)', () => {
  test('loads already: state, no line of failure, nothing fetched', async () => {
    const copy = paperRoot({ loads: true })
    const { code, stderr, state } = await runNative(copy)
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Native TensorFlow: ready \(libtensorflow 9\.9/)
    expect(state).toMatchObject({
      ok: true,
      how: 'present',
      reason: null,
      nextStep: null,
      libtensorflow: '9.9',
      tfjsNode: copy.packageDir,
    })
    expect(nativeIsDue(copy.root, {})).toBe(false)
  })

  test('by the download of tfjs-node itself, whose script edits a copy and not the installed package', async () => {
    const copy = paperRoot({
      tools: [],
      installer: `const fs = require('node:fs')
for (const folder of ['deps/lib', 'lib/napi-v8']) fs.mkdirSync(folder, { recursive: true })
fs.writeFileSync('lib/napi-v8/tfjs_binding.node', 'whole')
fs.writeFileSync('package.json', '{"main":"dist/index.js","edited":true}')`,
    })
    const { code, state } = await runNative(copy)
    expect({ code, how: state.how, version: state.libtensorflow }).toEqual({ code: 0, how: 'download', version: '9.9' })
    expect(readFileSync(join(copy.packageDir, 'lib/napi-v8/tfjs_binding.node'), 'utf8')).toBe('whole')
    expect(JSON.parse(readFileSync(join(copy.packageDir, 'package.json'), 'utf8'))).toEqual({ main: 'dist/index.js' })
    expect(readdirSync(copy.packageDir).filter((name) => name.startsWith('.native-'))).toEqual([])
  })

  test.each([
    ['no Python 3', { tools: ['g++'] }, 'Install python3 and pip (Debian, Ubuntu: apt install python3-pip;'],
    ['no pip', { pip: null }, 'Install pip (Debian, Ubuntu: apt install python3-pip;'],
    ['no C++ compiler', { tools: ['python3'] }, 'Install g++ (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++)'],
    ['instead of 54660c074d72… and was not used', { pip: 'echo junk > "$dest/x.whl"' }, 'Check which index pip uses'],
    ['pip could not download', { pip: 'echo "ERROR: No matching distribution" >&2; exit 1' }, 'No matching distribution'],
  ])('%s: one line, exit 0 at first, exit 1 with --again', async (reason, setting, remedy) => {
    const copy = paperRoot({ ...setting, hash: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26' })
    const first = await runNative(copy)
    expect(first.code).toBe(0)
    expect(first.state).toMatchObject({ ok: false, how: null, libtensorflow: null })
    expect(first.stderr).toContain('that download did not work (ENOTFOUND)')
    const lines = first.stderr.split('\n').filter((line) => line.includes('not installed'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(reason)
    expect(lines[0]).toContain(remedy)
    expect(lines[0]).toContain('npm run native')
    expect(nativeIsDue(copy.root, {})).toBe(false)
    expectUntouched(copy)
    const second = await runNative(copy, ['--again'])
    expect(second.code).toBe(1)
    expect(second.stderr).toContain(lines[0])
  })

  test('TRIBUTARY_NATIVE=off is said in the state and forgotten at the next start', async () => {
    const copy = paperRoot({})
    await runNative(copy)
    expect(nativeIsDue(copy.root, {})).toBe(false)
    const { code, stderr, state } = await runNative(copy, [], { TRIBUTARY_NATIVE: 'off' })
    expect(code).toBe(0)
    expect(state).toMatchObject({ ok: false, reason: 'TRIBUTARY_NATIVE=off' })
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(nativeIsDue(copy.root, {})).toBe(true)
    expectUntouched(copy)
  })

  test('a library that does not load is not put in place', async () => {
    const copy = paperRoot({ pip: '/bin/cp "$wheel" "$dest/x.whl"', compiler: 'echo broken > lib/napi-v8/tfjs_binding.node' })
    const { state } = await runNative(copy)
    expect(state.reason).toBe('the library does not load: invalid ELF header')
    expectUntouched(copy)
  })

  test('from a wheel: libraries, links, headers and binding in place, and nothing else left behind', async () => {
    const copy = paperRoot({ pip: '/bin/cp "$wheel" "$dest/x.whl"', compiler: 'echo whole > lib/napi-v8/tfjs_binding.node' })
    mkdirSync(join(copy.packageDir, '.native-999999999', 'tfjs-node'), { recursive: true })
    mkdirSync(join(copy.packageDir, 'deps'))
    writeFileSync(join(copy.packageDir, 'deps', 'half'), 'of an earlier installer')
    const { code, stderr, state } = await runNative(copy, ['--again'])
    expect(stderr).toContain('downloading')
    expect({ code, ok: state.ok, how: state.how, version: state.libtensorflow }).toEqual({
      code: 0,
      ok: true,
      how: 'wheel',
      version: '9.9',
    })
    const lib = join(copy.packageDir, 'deps', 'lib')
    expect(readFileSync(join(lib, 'libtensorflow.so.2.9.1'), 'utf8')).toBe('cc')
    expect(readFileSync(join(lib, 'libtensorflow_framework.so'), 'utf8')).toBe('framework')
    expect(lstatSync(join(lib, 'libtensorflow.so')).isSymbolicLink()).toBe(true)
    expect(existsSync(join(copy.packageDir, 'deps/include/tensorflow/c/c_api.h'))).toBe(true)
    expect(existsSync(join(copy.packageDir, 'deps/include/tensorflow/python.h'))).toBe(false)
    const names = ['.tributary-native', 'binding', 'deps', 'dist', 'lib', 'package.json', 'scripts']
    expect(readdirSync(copy.packageDir).sort()).toEqual(names)
    // Its installer edits package.json in place; pnpm may share that file with its store.
    expect(JSON.parse(readFileSync(join(copy.packageDir, 'package.json'), 'utf8'))).toEqual({ main: 'dist/index.js' })
    expect((await runNative(copy)).state.how).toBe('present')
  })

  test('killed in the middle: no state, no rest, no child alive', async () => {
    const copy = paperRoot({ pip: 'echo $$ > "$dest/../../../../pid"; exec /bin/sleep 60' })
    const child = startNative(copy)
    const pidFile = join(copy.packageDir, '../../pid')
    const said = () => (existsSync(pidFile) ? readFileSync(pidFile, 'utf8') : '')
    await expect.poll(said).toMatch(/^\d+\n$/)
    const pip = Number(readFileSync(pidFile, 'utf8'))
    child.kill('SIGTERM')
    expect(await ended(child)).toBe(143)
    expectUntouched(copy)
    expect(existsSync(stateFile(copy.root))).toBe(false)
    expect(nativeIsDue(copy.root, {})).toBe(true)
    await expect.poll(() => isAlive(pip)).toBe(false)
  }, 60_000)
})

interface PaperRoot {
  root: string
  packageDir: string
  path: string
}

interface Setting {
  loads?: boolean
  tools?: string[]
  /** What `pip download` does; null: there is no pip. */
  pip?: string | null
  compiler?: string
  installer?: string
  hash?: string
}

const NO_HOST = "throw new Error('getaddrinfo ENOTFOUND host')"

/** A repository with the scripts, a tfjs-node of paper that loads when its binding says "whole", and tools of paper. */
function paperRoot({
  loads = false,
  tools = ['python3', 'g++'],
  pip = 'exit 1',
  compiler = 'exit 1',
  installer = NO_HOST,
  hash,
}: Setting): PaperRoot {
  const root = temporary()
  const packageDir = join(root, 'node_modules/@tensorflow/tfjs-node')
  const path = join(root, 'path')
  const put = (file: string, text: string, mode = 0o644) => {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), text, { mode })
  }
  for (const name of ['native.mjs', 'pinned-node.mjs', 'native']) {
    cpSync(join(scripts, name), join(root, 'scripts', name), { recursive: true })
  }
  put('packages/models/package.json', '{}')
  put('node_modules/node-api-headers/index.js', 'exports.include_dir = __dirname')
  put('node_modules/@tensorflow/tfjs-node/package.json', '{"main":"dist/index.js"}')
  put('node_modules/@tensorflow/tfjs-node/binding/tfjs_binding.cc', '')
  put('node_modules/@tensorflow/tfjs-node/scripts/install.js', installer)
  const binding = loads
    ? "'whole'"
    : "require('node:fs').readFileSync(__dirname + '/../lib/napi-v8/tfjs_binding.node', 'utf8').trim()"
  put(
    'node_modules/@tensorflow/tfjs-node/dist/index.js',
    `if (${binding} !== 'whole') throw new Error('invalid ELF header')
exports.tensor2d = (rows) => rows
exports.matMul = (a, b) => ({ dataSync: () => a.flatMap((row) => b[0].map((_, j) => row.reduce((sum, x, k) => sum + x * b[k][j], 0))) })
exports.getBackend = () => 'tensorflow'
exports.backend = () => ({ binding: { TF_Version: '9.9' } })\n`,
  )
  const wheel = join(root, 'paper.whl')
  makeWheel(wheel)
  const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex')
  const plan = readFileSync(join(root, 'scripts/native/plan.mjs'), 'utf8')
  writeFileSync(join(root, 'scripts/native/plan.mjs'), plan.replace(/sha256: '[0-9a-f]{64}'/g, `sha256: '${hash ?? sha256}'`))
  mkdirSync(path)
  const download = `for word; do [ "$previous" = --dest ] && dest=$word; previous=$word; done; wheel=${wheel}; ${pip}`
  const version = pip === null ? 'exit 1' : 'exit 0'
  if (tools.includes('python3')) {
    put(
      'path/python3',
      `#!/bin/sh\ncase "$*" in *"pip --version"*) ${version} ;; *"pip download"*) ${download} ;; *) exec ${python} "$@" ;; esac\n`,
      0o755,
    )
  }
  if (tools.includes('g++')) put('path/g++', `#!/bin/sh\n${compiler}\n`, 0o755)
  return { root, packageDir, path }
}

function makeWheel(file: string) {
  const code = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as z:
    z.writestr('tensorflow/libtensorflow_cc.so.2', 'cc')
    z.writestr('tensorflow/libtensorflow_framework.so.2', 'framework')
    z.writestr('tensorflow/include/tensorflow/c/c_api.h', '')
    z.writestr('tensorflow/include/tensorflow/python.h', '')
`
  const { status, stderr } = spawnSync(python, ['-c', code, file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`these tests need python3 to make and unpack a wheel: ${stderr}`)
}

function startNative({ root, path }: PaperRoot, args: string[] = [], env: Record<string, string> = {}) {
  return spawn(process.execPath, [join(root, 'scripts/native.mjs'), '--json', ...args], { env: { PATH: path, ...env } })
}

async function runNative(copy: PaperRoot, args: string[] = [], env: Record<string, string> = {}) {
  const child = startNative(copy, args, env)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await ended(child)
  const state = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  expect(state).toEqual(JSON.parse(readFileSync(stateFile(copy.root), 'utf8')))
  return { code, stderr, state }
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)))

/** No libraries, no staging folder. */
function expectUntouched({ packageDir }: PaperRoot) {
  const names = readdirSync(packageDir).filter((name) => name !== '.tributary-native')
  expect(names.sort()).toEqual(['binding', 'dist', 'package.json', 'scripts'])
}

function temporary() {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-native-'))
  folders.push(folder)
  return folder
}
