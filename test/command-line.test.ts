import { createHash } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CommandLine } from './harness/command-line.ts'
import { eventually } from './harness/small-federation.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const irises = here('../packages/data/src/fixtures/iris.csv')
const commands = await CommandLine.open({ TRIBUTARY_BACKEND: 'wasm' })
const { tributary } = commands

let url = ''
let adminToken = ''
const schema = join(commands.folder, 'schema.json')

beforeAll(async () => {
  await writeFile(
    schema,
    JSON.stringify({
      task: 'classification',
      features: [
        { name: 'petal_length', type: 'number' },
        { name: 'petal_width', type: 'number' },
      ],
      label: { name: 'species', type: 'category', categories: ['setosa', 'versicolor', 'virginica'] },
    }),
  )
  const coordinator = commands.startCommand([
    'coordinator',
    '--port',
    '0',
    '--data-dir',
    'hub',
    '--test-data',
    irises,
    '--schema',
    schema,
    '--json',
  ])
  const ready = await eventually('the coordinator', async () => JSON.parse(coordinator.said.stdout))
  url = ready.url
  adminToken = ready.adminToken
})
afterAll(() => commands.close())

describe('the command line', () => {
  it('signs in with a token from standard input and saves it for its owner only', async () => {
    const { code, value } = await tributary(['login', '--url', url], { input: `${adminToken}\n` })
    expect(code).toBe(0)
    expect(value).toMatchObject({ url, role: 'admin' })
    expect((await stat(value.profile)).mode & 0o777).toBe(0o600)
  })

  it('answers 5 to a wrong token and 4 where nobody listens', async () => {
    const wrong = await tributary(['federation', 'list', '--url', url], { more: { TRIBUTARY_TOKEN: 'wrong' } })
    expect(wrong).toMatchObject({ code: 5, value: { error: { code: 'unauthenticated' } } })
    const nobody = await tributary(['federation', 'list', '--url', 'http://127.0.0.1:9'], { more: { TRIBUTARY_TOKEN: 'any' } })
    expect(nobody).toMatchObject({ code: 4, value: { error: { code: 'unreachable' } } })
  })

  it('says what is missing where there is no federation yet', async () => {
    const none = await tributary(['invite', 'create'])
    expect(none).toMatchObject({ code: 2, value: { error: { code: 'config_invalid' } } })
    expect(none.value.error.message).toContain('tributary federation create')
  })

  it('leads two institutions, one of them the example program, through a run', async () => {
    const created = await tributary(['federation', 'create', 'gardens'])
    expect(created).toMatchObject({ code: 0, value: { name: 'gardens' } })
    const codes = []
    for (const name of ['garden-a', 'garden-b']) {
      const { value } = await tributary(['invite', 'create', '--name', name])
      codes.push(value.code)
    }
    const example = commands.start(here('../examples/institution.ts'), [url, 'garden-a', irises], {
      more: { TRIBUTARY_INVITE: codes[0] },
    })
    const joined = commands.startCommand(
      ['join', '--url', url, '--name', 'garden-b', '--data', irises, '--schema', schema, '--once', '--leave', '--json'],
      { input: `${codes[1]}\n` },
    )
    const config = [
      '--model',
      'softmax',
      '--schema',
      schema,
      '--rounds',
      '3',
      '--minimum',
      '2',
      '--learning-rate',
      '0.05',
      '--seed',
      '5',
    ]
    const watched = await tributary(['run', 'create', ...config, '--epochs', '40', '--watch'])
    expect(watched.code, watched.stderr).toBe(0)
    const run = watched.value
    expect(run).toMatchObject({ phase: 'completed', round: 3, config: { model: { inputShape: [2], outputs: 3 }, seed: 5 } })
    expect(run.metrics.accuracy).toBeGreaterThan(0.8)
    expect(watched.stderr).toMatch(/^ +3 .*garden-a 50 %, garden-b 50 %$/m)

    expect(await joined.ended, joined.said.stderr).toBe(0)
    expect(JSON.parse(joined.said.stdout)).toMatchObject({ name: 'garden-b', backend: 'wasm', rounds: 3, left: true })
    await eventually('the example to hear of the end', async () => /^runEnded$/m.test(example.said.stdout))
    expect(example.said.stdout.split('\n')).toEqual(
      expect.arrayContaining(['joined', 'connected', 'task', 'uploaded', 'runEnded']),
    )

    const hers = { XDG_CONFIG_HOME: `${commands.folder}/ada` }
    const { value: invite } = await tributary(['invite', 'create', '--role', 'researcher'])
    const login = (role: string) =>
      tributary(['login', '--url', url, '--invite', role, '--name', 'ada'], { input: `${invite.code}\n`, more: hers })
    expect(await login('admin')).toMatchObject({ code: 2, value: { error: { code: 'bad_request' } } })
    expect(await login('researcher')).toMatchObject({ code: 0, value: { name: 'ada', role: 'researcher' } })
    expect((await tributary(['run', 'list'], { more: hers })).value).toMatchObject([{ id: run.id }])
    expect(await login('researcher')).toMatchObject({ value: { error: { code: 'invite_used' } } })

    const invites = await tributary(['invite', 'list'])
    expect(invites.value.map(({ name, state }: { name: string | null; state: string }) => [name, state]).sort()).toEqual([
      [null, 'used'],
      ['garden-a', 'used'],
      ['garden-b', 'used'],
    ])
    const models = await tributary(['model', 'list', run.id])
    expect(models.value.map(({ round }: { round: number }) => round).sort()).toEqual([0, 1, 2, 3])
    const model = await tributary(['model', 'get', run.id, '--output', 'irises.model'])
    expect(model.value).toMatchObject({ round: 3, sha256: run.modelSha256 })
    const bytes = await readFile(join(commands.folder, 'irises.model'))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(run.modelSha256)
    const members = (await tributary(['federation', 'show'])).value.members
    expect(members.find(({ name }: { name: string }) => name === 'garden-b')).toMatchObject({ state: 'left', roundsCounted: 3 })

    example.child.kill('SIGINT')
    expect(await example.ended).toBe(0)
    expect(example.said.stdout).toMatch(/^left$/m)
  })

  it('answers 3 to whoever watches a cancelled run, 1 to an action that is not possible, 5 to a used invite', async () => {
    const run = (await tributary(['run', 'create', '--model', 'softmax', '--schema', schema, '--no-start'])).value
    expect(run.phase).toBe('created')
    expect(await tributary(['run', 'resume', run.id])).toMatchObject({
      code: 1,
      value: { error: { code: 'action_not_allowed' } },
    })
    expect(await tributary(['run', 'cancel', run.id, '--reason', 'a mistake'])).toMatchObject({
      code: 0,
      value: { phase: 'cancelled' },
    })
    expect(await tributary(['run', 'watch', run.id])).toMatchObject({ code: 3, value: { phase: 'cancelled' } })
    const invite = (await tributary(['invite', 'create'])).value
    expect((await tributary(['invite', 'revoke', invite.id])).code).toBe(0)
    const late = ['join', '--url', url, '--name', 'late', '--data', irises, '--schema', schema]
    expect(await tributary(late, { input: invite.code })).toMatchObject({ code: 5, value: { error: { code: 'invite_revoked' } } })
    expect((await tributary(['run', 'show', 'run_00000000'])).value.error.code).toBe('not_found')
  })

  it('has examples/institution.ts as an institution of fewer than 20 lines', async () => {
    const lines = (await readFile(here('../examples/institution.ts'), 'utf8')).trimEnd().split('\n')
    expect(lines.length).toBeLessThan(20)
  })
})
