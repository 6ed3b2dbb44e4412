import type { ModelConfig, RunEvent } from '@tributary/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { filesOf, manifestIn } from './build-manifest.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { csvOf } from './csv-rows.ts'
import { type Gate, openGate } from './gate.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantPage } from './participant-page.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLE = { client: 1, rows: 40 }
const CUT_MS = 60_000

describe.skipIf(missingBrowser !== null)('the participant page without a network', () => {
  let world: PageWorld
  let gate: Gate
  let browser: Browser
  beforeAll(async () => {
    world = await PageWorld.build()
    gate = await openGate(world.coordinator, world.folder)
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await gate?.close()
    await world?.close()
  })

  async function invited(name: string) {
    const federation = await world.federation(name)
    const context = await browser.newContext({ locale: 'en-GB' })
    const participant = new ParticipantPage(await context.newPage())
    const loaded = new Set<string>()
    participant.page.on('requestfinished', (request) => loaded.add(new URL(request.url()).pathname.slice(1)))
    await participant.openInvite(gate.url, await world.invite(federation, 'birch'), 'birch')
    await participant.sees('You take part as birch.')
    return { federation, participant, loaded, close: () => context.close() }
  }

  const log = async <Type extends RunEvent['type']>(run: string, type: Type) =>
    (await world.admin.events(run, { limit: 5_000 })).events
      .map(({ event }) => event)
      .filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type)

  test('is used up to training after the network is gone: the file is previewed and read, and training says what it lacks until it is back', async () => {
    const { federation, participant, loaded, close } = await invited('no network')
    const manifest = manifestIn(`${world.folder}/dashboard`)
    const { assets: workers = [] } = manifest['src/participant/connect/connect-data.tsx'] ?? {}
    const fetchedAhead = [...workers, ...filesOf(manifest, ['src/participant/train/train.tsx'])]
    expect(workers).toEqual([expect.stringMatching(/reader-worker/)])
    await participant.accept()
    await participant.sees('Your files are read in this page.')
    // The page says nothing of what it fetches ahead: the reader of files, and the part that trains.
    await expect.poll(() => fetchedAhead.filter((file) => !loaded.has(file))).toEqual([])
    gate.cut()
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
    await participant.sees('40 rows, 7 columns')
    await participant.press('Read and check')
    await participant.sees('40 rows of shape 6. Nothing was sent.')
    // Another file after the first.
    await participant.choose([{ name: 'other.csv', content: csvOf({ client: 1, rows: 30 }) }])
    await participant.sees('30 rows, 7 columns')
    await participant.press('Read and check')
    await participant.sees('30 rows of shape 6. Nothing was sent.')
    await participant.press('Start training')
    await participant.sees('what trains could not be loaded')
    gate.restore()
    await participant.press('Try again')
    await participant.takesPart()
    const run = await world.run(federation, softmaxRun(2, 1))
    await world.completed(run)
    await participant.sees(/On \d+ of your own rows/)
    expect(
      (await log(run, 'round.closed')).map(({ data }) => data.counted.map(({ name, samples }) => `${name} ${samples}`)),
    ).toEqual([['birch 24'], ['birch 24']])
    await close()
  })

  test('says that the line is lost when it is cut for 60 s in the middle of an upload, and comes back as the same participant without a double count', async () => {
    const { federation, participant, close } = await invited('cut for a minute')
    await world.joinInNode(federation, 'alder', { client: 0, rows: 30 })
    await participant.accept()
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
    await participant.readAndStart()
    await participant.takesPart()
    const before = await world.admin.participants(federation)
    const uploads = gate.uploads.length
    gate.cutNextUploadAfter(64_000)
    const model: ModelConfig = { name: 'mlp', inputShape: [6], outputs: 3, hidden: [500, 500] }
    const run = await world.run(federation, softmaxRun(2, 2, { model, deadlineSeconds: 240 }))
    await participant.sees('Connection lost; it is tried again by itself.')
    await participant.sees('Sending the update')
    await new Promise((resolve) => setTimeout(resolve, CUT_MS))
    expect((await log(run, 'round.closed')).length).toBe(0)
    await participant.sees('Connection lost; it is tried again by itself.', 1_000)
    gate.restore()
    await participant.takesPart()
    await world.completed(run)
    await participant.sees(/On \d+ of your own rows/)
    const accepted = await log(run, 'update.accepted')
    expect(accepted.map(({ data }) => `${data.round}/${data.name}`).sort()).toEqual(['1/alder', '1/birch', '2/alder', '2/birch'])
    const ids = (participants: typeof before) => participants.map(({ id }) => id).sort()
    expect(ids(await world.admin.participants(federation))).toEqual(ids(before))
    expect(await participant.fact('Updates sent')).toMatch(/\(2 updates\)$/)
    const offsets = gate.uploads.slice(uploads).map((url) => Number(new URL(url, 'http://gate').searchParams.get('offset')))
    // The broken one went on where it broke.
    expect(offsets).toHaveLength(3)
    expect(offsets[1]).toBeGreaterThan(0)
    await close()
  })
})
