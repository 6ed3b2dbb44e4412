import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandLine, type Started } from './harness/command-line.ts'
import { eventually } from './harness/small-federation.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const table = (file: string) => here(`../packages/data/src/fixtures/vertical/${file}`)
const commands = await CommandLine.open()
const { tributary } = commands
const inFolder = (name: string) => join(commands.folder, name)

const passphrase = { TRIBUTARY_PASSPHRASE: 'three parties and a hub' }
const fingerprints: Record<string, string> = {}
const invites: Record<string, string> = {}
let url = ''

async function fingerprint(name: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) {
  const { code, value } = await tributary(['fingerprint', ...args], { more })
  expect(code).toBe(0)
  expect(value.fingerprint).toMatch(/^[0-9a-f]{64}$/)
  fingerprints[name] = value.fingerprint
}

beforeAll(async () => {
  const coordinator = commands.startCommand(['coordinator', '--port', '0', '--data-dir', 'hub', '--json'])
  const { adminToken, ...ready } = await eventually('the coordinator', async () => JSON.parse(coordinator.said.stdout))
  url = ready.url
  await tributary(['login', '--url', url], { input: adminToken })
  await tributary(['federation', 'create', 'clinics'])
  for (const name of ['host', 'guest', 'keys']) invites[name] = (await tributary(['invite', 'create', '--name', name])).value.code
  await writeFile(inFolder('key'), randomBytes(32))
})
afterAll(() => commands.close())

const joinGuest = (peers: readonly string[], input = '') =>
  commands.startCommand(
    [
      ...['join', '--url', url, '--name', 'guest', '--role', 'label', '--data', table('diabetes_guest.csv'), '--id', 'id'],
      ...['--label', 'progression', '--key-file', 'key', '--approve', ...peers],
    ],
    { input },
  )
const pin = (name: string) => ['--peer', `${name}=${fingerprints[name]}`]

describe('the vertical command line', () => {
  let guest: Started
  let run = ''
  let keyService = ''
  let auditor: NodeJS.ProcessEnv = {}

  it('makes identities whose fingerprints people compare, and refuses a wrong lock', async () => {
    await Promise.all([
      fingerprint('host', ['--state-dir', 'host-state'], passphrase),
      fingerprint('keys', ['--state-dir', 'keys-state', '--key-file', 'key']),
      fingerprint('guest', ['--name', 'guest', '--key-file', 'key']),
    ])
    const again = fingerprints.guest
    await fingerprint('guest', ['--name', 'guest', '--key-file', 'key'])
    expect(fingerprints.guest).toBe(again)
    const wrong = await tributary(['fingerprint', '--name', 'guest'], { more: { TRIBUTARY_PASSPHRASE: 'another pass phrase' } })
    expect(wrong).toMatchObject({ code: 1, value: { error: { code: 'secret_storage_locked' } } })
    expect(await tributary(['fingerprint', '--name', 'guest'])).toMatchObject({
      code: 2,
      value: { error: { code: 'config_invalid', details: { setting: 'keyFile' } } },
    })
    await writeFile(inFolder('peers.json'), JSON.stringify(fingerprints))
  })

  it("keeps the key service apart from the coordinator's folder and token", async () => {
    const keys = ['key-service', '--url', url, '--name', 'keys', '--key-file', 'key', '--peers', 'peers.json', '--approve']
    const options = { more: { TRIBUTARY_INVITE: invites.keys ?? '' } }
    const refused = { code: 1, value: { error: { code: 'key_service_not_separate' } } }
    expect(await tributary([...keys, '--data-dir', 'hub'], options)).toMatchObject(refused)
    const more = { ...options.more, TRIBUTARY_TOKEN: 'trb_a_anything' }
    expect(await tributary([...keys, '--data-dir', 'elsewhere'], { more })).toMatchObject(refused)
    // Nobody could be asked.
    expect(await tributary([...keys.filter((word) => word !== '--approve')], options)).toMatchObject({
      code: 2,
      value: { error: { code: 'config_invalid', details: { setting: 'approve' } } },
    })
  })

  it('leads three operators, one of them with the example program, through a run', async () => {
    const keys = ['key-service', '--url', url, '--name', 'keys', '--data-dir', 'keys-state', '--key-file', 'key']
    const service = commands.startCommand([...keys, '--peers', 'peers.json', '--approve', '--port', '0', '--json'], {
      input: invites.keys ?? '',
    })
    const ready = await eventually('the key service', async () => JSON.parse(service.said.stdout))
    expect(ready).toMatchObject({ name: 'keys', fingerprint: fingerprints.keys })
    expect(ready.tokens.operator).not.toBe(ready.tokens.auditor)
    keyService = ready.url
    auditor = { TRIBUTARY_AUDITOR_TOKEN: ready.tokens.auditor }
    const host = commands.start(here('../examples/party.ts'), [url, 'host', table('diabetes_host.csv'), 'peers.json'], {
      more: { ...passphrase, TRIBUTARY_INVITE: invites.host ?? '' },
    })
    guest = joinGuest([...pin('host'), ...pin('keys')], `${invites.guest}\n`)
    const parties = await eventually('three parties', async () => {
      const { value } = await tributary(['vertical', 'parties'])
      return value.length === 3 ? value : null
    })
    expect(
      Object.fromEntries(parties.map((party: { name: string; fingerprint: string }) => [party.name, party.fingerprint])),
    ).toEqual(fingerprints)
    const created = await tributary(['vertical', 'create', '--watch'])
    expect(created.code, created.stderr).toBe(0)
    run = created.value.id
    expect(created.value).toMatchObject({ phase: 'completed', rows: 442 })
    expect(created.value.f).toBeCloseTo(213.491, 2)
    expect(created.stderr).toContain('Aligned: 442 common rows.')
    expect(created.stderr).toMatch(/BFV with batching, N = 8192/)

    const file = join(inFolder('data'), 'tributary', 'parties', 'guest', 'outcomes', `${run}.json`)
    const outcome = await eventually('the outcome', async () => JSON.parse(await readFile(file, 'utf8')))
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(outcome.weights.map((w: number) => Number(w.toFixed(3)))).toEqual([0.251, 0.038, 0.103, 0.443, 0.042])
    await eventually('the guest to say where it lies', async () => guest.said.stdout.includes(file))
    for (const text of ['Aligned: 442 common rows.', 'Step 1: f 222.65', 'residuals, encrypted afresh', 'Audit head', file])
      expect(guest.said.stdout).toContain(text)
    expect(await eventually('the host', async () => /\[\s+-0\.0058/.exec(host.said.stdout))).not.toBeNull()
    expect((await tributary(['vertical', 'list'])).value).toMatchObject([{ id: run, phase: 'completed' }])
    expect((await tributary(['vertical', 'show', run])).value).toMatchObject({ id: run, head: created.value.head })
    expect(await tributary(['vertical', 'watch', run])).toMatchObject({ code: 0, value: { id: run } })
    expect(await tributary(['vertical', 'pause', run])).toMatchObject({ code: 1 })
  })

  it('predicts as the receiver, by the process that is at work', async () => {
    const few = await tributary(['predict', '--name', 'guest', '--rows', '0,1,5'])
    expect(few).toMatchObject({ code: 0, value: { run } })
    expect(few.value.predictions.map(({ row }: { row: number }) => row)).toEqual([0, 1, 5])
    const all = await tributary(['predict', '--name', 'guest', '--run', run, '--rows', 'all', '--output', 'predictions.csv'])
    expect(all.code, all.stderr).toBe(0)
    const [header, ...lines] = (await readFile(inFolder('predictions.csv'), 'utf8')).trimEnd().split('\n')
    expect(header).toBe('row,id,prediction')
    expect(lines).toHaveLength(442)
    const own = (await readFile(table('diabetes_guest.csv'), 'utf8')).trimEnd().split('\n').slice(1)
    expect(new Set(lines.map((line) => line.split(',')[1]))).toEqual(new Set(own.map((line) => line.split(',')[0])))
    // The mean of least squares' predictions is the label's.
    const mean = lines.reduce((sum, line) => sum + Number(line.split(',')[2]), 0) / lines.length
    expect(mean).toBeCloseTo(152.1335, 2)
    expect(await tributary(['predict', '--name', 'guest', '--rows', '442'])).toMatchObject({
      code: 1,
      value: { error: { code: 'predict_unknown_row' } },
    })
    expect(await tributary(['predict', '--state-dir', 'nowhere', '--rows', '0'])).toMatchObject({
      code: 2,
      value: { error: { code: 'config_invalid', details: { setting: 'stateDir' } } },
    })
  })

  it("verifies the key service's log while the party is at work, and after it, and finds an altered entry", async () => {
    const source = ['--key-service', keyService, '--run', run]
    const log = await tributary(['audit', 'show', ...source], { more: auditor })
    expect(log.value.entries.length).toBeGreaterThan(50)
    await writeFile(inFolder('log.json'), JSON.stringify(log.value))
    const verify = ['audit', 'verify', '--name', 'guest', '--key-file', 'key']
    const verified = { run, entries: log.value.entries.length, receipts: 12 }
    expect(await tributary([...verify, ...source], { more: auditor })).toMatchObject({ code: 0, value: verified })
    expect(await tributary(['audit', 'show', ...source], { more: { TRIBUTARY_AUDITOR_TOKEN: 'wrong' } })).toMatchObject({
      code: 5,
    })
    guest.child.kill('SIGTERM')
    expect(await guest.ended).toBe(0)
    expect(await tributary([...verify, '--log', 'log.json'])).toMatchObject({ code: 0, value: verified })
    log.value.entries[9].record.numbersReturned += 1
    await writeFile(inFolder('altered.json'), JSON.stringify(log.value))
    expect(await tributary([...verify, '--log', 'altered.json'])).toMatchObject({
      code: 1,
      value: { error: { code: 'audit_broken', details: { seq: 10 } } },
    })
  })

  it('refuses a run with a peer whose fingerprint is another one, and answers 3 to whoever watches', async () => {
    joinGuest(['--peer', `host=${'0'.repeat(64)}`, ...pin('keys')])
    const created = await tributary(['vertical', 'create', '--watch'])
    expect(created).toMatchObject({ code: 3, value: { phase: 'aborted' } })
    expect(created.stderr).toContain('guest')
  })
})

describe('the README', () => {
  it.each(['README.md', 'README.zh-CN.md'])('%s quotes the example programs, each of fewer than 20 lines', async (readme) => {
    const text = await readFile(here(`../${readme}`), 'utf8')
    for (const example of ['institution.ts', 'party.ts']) {
      const program = await readFile(here(`../examples/${example}`), 'utf8')
      expect(text).toContain(`\`\`\`ts\n${program}\`\`\``)
      expect(program.trimEnd().split('\n').length).toBeLessThan(20)
    }
  })
})
