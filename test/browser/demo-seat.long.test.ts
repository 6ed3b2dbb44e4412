import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildDashboard } from '../../scripts/dashboard.mjs'
import { eventually, temporaryFolder } from '../harness/small-federation.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { ParticipantPage } from './participant-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe.skipIf(missingBrowser !== null)('npm start -- --browsers 1', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeAll(async () => {
    folder = await temporaryFolder()
    expect(buildDashboard(root, process.execPath)).toBe(true)
  })
  afterAll(() => folder?.remove())

  test('leaves a seat to whoever opens the printed link, with the images that lie there', async () => {
    const args = ['--institutions', '2', '--browsers', '1', '--rounds', '2', '--model', 'softmax', '--alpha', '5', '--port', '0']
    const child = spawn(
      process.execPath,
      [`${root}packages/cli/src/main.ts`, 'demo', ...args, '--data-dir', `${folder.path}/demo`],
      {
        env: { ...process.env, TRIBUTARY_BACKEND: 'wasm', LC_ALL: 'C' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    const ended = once(child, 'exit')
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const browser = await launchBrowser()
    try {
      const printed = (pattern: RegExp) =>
        eventually(`${pattern} of the demo`, async () => pattern.exec(said)?.[1] ?? null, 90_000)
      const link = await printed(/A seat for a browser: (\S+)/)
      const images = await printed(/for the page to read: (.+)/)
      await printed(/(Training begins when the seat is taken)/)
      const participant = new ParticipantPage(await browser.newPage({ locale: 'en-GB' }))
      await participant.page.goto(link)
      await participant.sees('You take part as institution-2.')
      await participant.accept()
      const names = ['images-idx3-ubyte', 'labels-idx1-ubyte']
      await participant.choose(
        await Promise.all(names.map(async (name) => ({ name, content: await readFile(`${images}/${name}`) }))),
      )
      await participant.sees('IDX files')
      await participant.readAndStart()
      await participant.takesPart()
      await participant.sees(/of your own rows/, 120_000)
      await printed(/(model sha256 [0-9a-f]{64})/)
      expect(said).toMatch(/softmax, 2 rounds with 2 institutions/)
      expect(participant.complaints).toEqual([])
    } finally {
      await browser.close()
      child.kill('SIGINT')
      await ended
    }
  })
})
