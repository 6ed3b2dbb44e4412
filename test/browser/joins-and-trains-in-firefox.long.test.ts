import { writeFile } from 'node:fs/promises'
import type { RunConfigInput } from '@tributary/protocol'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { csvOf } from './csv-rows.ts'
import { launchFirefox, missingFirefox } from './firefox.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantTab } from './participant-tab.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLES = { alder: { client: 0, rows: 30 }, birch: { client: 1, rows: 40 } }
/** What the page keeps out of training. */
const HELD_OUT = 0.2
const config: RunConfigInput = softmaxRun(3, 2, { model: { name: 'mlp', inputShape: [6], outputs: 3, hidden: [32] } })

describe.skipIf(missingFirefox !== null)('a participant in Firefox', () => {
  let world: PageWorld
  let browser: Browser
  beforeAll(async () => {
    world = await PageWorld.build()
    browser = await launchFirefox()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  test('joins from an invite link, connects a CSV file, trains beside a client in Node and sees the result; the bytes are those of Node', async () => {
    const federation = await world.federation('firefox')
    await world.joinInNode(federation, 'alder', TABLES.alder)
    const firefox = new ParticipantTab(await browser.newPage())
    await firefox.openInvite(world.coordinator.url, await world.invite(federation, 'birch'), 'birch')
    await firefox.sees('You take part as birch.')
    await firefox.press('Agree and go on')
    await writeFile(`${world.folder}/rows.csv`, csvOf(TABLES.birch))
    await firefox.choose(`${world.folder}/rows.csv`)
    await firefox.sees('40 rows, 7 columns')
    await firefox.press('Read and check')
    await firefox.sees('40 rows of shape 6. Nothing was sent.')
    await firefox.press('Start training')
    await firefox.sees('Taking part. Training goes on')
    const run = await world.run(federation, config)
    const { modelSha256 } = await world.completed(run)
    const { events } = await world.admin.events(run, { limit: 5_000 })
    const counted = events.flatMap(({ event }) =>
      event.type === 'round.closed' ? [event.data.counted.map(({ name, samples }) => `${name} ${samples}`)] : [],
    )
    expect(counted).toEqual(Array.from({ length: 3 }, () => ['alder 30', 'birch 31']))
    await firefox.sees('On 9 of your own rows')
    await firefox.sees(modelSha256)
    expect(await firefox.fact('Updates sent')).toMatch(/\(3 updates\)$/)
    expect(await firefox.fact('Data sent')).toBe('0 B')

    // The same rows in two clients in Node.
    const inNode = await world.federation('node')
    await world.joinInNode(inNode, 'alder', TABLES.alder)
    await world.joinInNode(inNode, 'birch', TABLES.birch, HELD_OUT)
    const { modelSha256: ofNode } = await world.completed(await world.run(inNode, config))
    console.log(`${await browser.version()}: model ${modelSha256.slice(0, 12)}, in Node ${ofNode.slice(0, 12)}`)
    expect(modelSha256).toBe(ofNode)

    // A reload finds the same participant.
    const before = await world.admin.participants(federation)
    await firefox.page.reload()
    await firefox.sees('Welcome back')
    await firefox.press('Go on as birch')
    await firefox.choose(`${world.folder}/rows.csv`)
    await firefox.press('Read and check')
    await firefox.press('Start training')
    await firefox.sees('Taking part. Training goes on')
    const ids = (participants: typeof before) => participants.map(({ id }) => id)
    expect(ids(await world.admin.participants(federation))).toEqual(ids(before))
    expect(firefox.complaints).toEqual([])
  })
})
