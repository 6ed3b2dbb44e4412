// Does what the Dockerfile says without a container engine, on this machine's Node: COPY into an empty folder, RUN with bash,
// start CMD, ask /readyz, stop it. What it cannot try: the base image, the user, the health check's timing.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { copyParts, envPairs, execWords, parseDockerfile } from './dockerfile.mjs'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const image = mkdtempSync(join(tmpdir(), 'tributary-image-'))
const app = join(image, 'app')
const data = join(image, 'data')
const started = Date.now()
const say = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`)
const env = { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8' }
for (const [name, value] of Object.entries(process.env))
  if (/proxy|^npm_config_(registry|cache)$|_CA_|CERT/i.test(name)) env[name] = value

let entrypoint = []
let command = []
try {
  mkdirSync(app)
  mkdirSync(data)
  for (const { name, value } of parseDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'))) {
    if (name === 'ENV') Object.assign(env, envPairs(value))
    else if (name === 'ENTRYPOINT') entrypoint = execWords(value)
    else if (name === 'CMD') command = execWords(value)
    else if (name === 'COPY') copy(value)
    else if (name === 'RUN') run(value)
    else if (name === 'WORKDIR' && value !== '/app') throw new Error(`expected to work in /app, not in ${value}`)
  }
  await start()
  say('the Dockerfile works')
} finally {
  rmSync(image, { recursive: true, force: true })
}

/** What git tracks is what a build context without ignored files holds. */
function copy(value) {
  const { sources, target } = copyParts(value)
  const { stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', ...sources], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  const files = [...new Set(stdout.split('\0').filter(Boolean))]
  for (const file of files) cpSync(join(root, file), join(app, target, file))
  say(`COPY ${value}: ${files.length} files`)
}

/** The image's own folders stand for / here; owners are this user. */
function run(value) {
  const inside = value.replaceAll(/(^|\s)\/(app|data)\b/g, (_, before, name) => `${before}${join(image, name)}`)
  const line = inside.replaceAll(/&& chown \S+ [^&]*/g, '')
  say(`RUN ${value}`)
  const { status } = spawnSync('bash', ['-c', line], { cwd: app, env, stdio: 'inherit' })
  if (status !== 0) throw new Error(`RUN ended with ${status}: ${value}`)
}

async function start() {
  const port = await freePort()
  const words = [...entrypoint, ...command].map((word) => (word === '/data' ? data : word === '7420' ? String(port) : word))
  say(`CMD ${words.join(' ')}`)
  const child = spawn(words[0], words.slice(1), { cwd: app, env, stdio: ['ignore', 'inherit', 'inherit'] })
  let over = null
  const ended = new Promise((done) => {
    child.once('exit', (code, signal) => {
      over = signal ?? code
      done(over)
    })
  })
  try {
    const until = Date.now() + 60_000
    for (;;) {
      if (over !== null) throw new Error(`CMD ended (${over}) before it was ready`)
      if (Date.now() > until) throw new Error('CMD was not ready after 60 s')
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null)
      if (answer?.ok) break
      await new Promise((done) => setTimeout(done, 200))
    }
    say('/readyz answers 200')
    child.kill('SIGTERM')
    const how = await ended
    if (how !== 0) throw new Error(`CMD ended by SIGTERM with ${how}, expected 0`)
    say('SIGTERM ended it with 0')
  } finally {
    child.kill('SIGKILL')
  }
}

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}
