import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { normalisedPixels } from '@tributary/data'
import type { ModelConfig } from '@tributary/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encoded, Needles } from '../harness/needles.ts'
import { softmaxRun, temporaryFolder } from '../harness/small-federation.ts'
import { buildDashboard, type SourceChange } from './build-page.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantPage } from './participant-page.ts'
import { pngOf } from './png.ts'
import { recordRequests, type Sent } from './request-recorder.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const SIDE = 28
const CLASSES = ['acer-saccharum', 'quercus-robur']
const PER_CLASS = 8
const model: ModelConfig = { name: 'softmax', inputShape: [SIDE, SIDE, 1], outputs: CLASSES.length }

interface Leaf {
  readonly path: string
  readonly pixels: Buffer
  readonly file: Buffer
}

interface Scale {
  readonly mean: number
  readonly std: number
}

/** Noise: no two images have four neighbouring pixels in common. */
const leaves: readonly Leaf[] = CLASSES.flatMap((kind) =>
  Array.from({ length: PER_CLASS }, (_, place) => {
    const pixels = createHash('shake256', { outputLength: SIDE * SIDE })
      .update(`${kind} ${place}`)
      .digest()
    const file = pngOf(SIDE, SIDE, (x, y) => pixels[y * SIDE + x] ?? 0)
    return { path: `${kind}/patient-${8_841 + place}.png`, pixels, file }
  }),
)

/** A page that gives images away: their values, their names, the files as they are, and what a canvas holds of them. */
const LEAKS: readonly SourceChange[] = [
  {
    file: 'participant/connect/connected-data.ts',
    change: (source) =>
      source.replace(
        'const names = classNames(recipe)',
        `const names = classNames(recipe)
  void fetch('/healthz?names=' + String(names))
  void fetch('/healthz', { method: 'POST', body: dataset.features.slice(0, 784) })
  if (recipe.kind === 'images') {
    void fetch('/healthz', { method: 'POST', body: recipe.images[0]?.file })
    void createImageBitmap(recipe.images[0].file).then((image) => {
      const canvas = new OffscreenCanvas(image.width, image.height).getContext('2d')
      canvas.drawImage(image, 0, 0)
      const { data } = canvas.getImageData(0, 0, image.width, image.height)
      void fetch('/healthz', { method: 'POST', body: data })
      void fetch('/healthz', { method: 'POST', body: data.filter((_, at) => at % 4 === 0) })
    })
  }`,
      ),
  },
]

describe.skipIf(missingBrowser !== null)('no image leaves the participant page', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>
  beforeAll(async () => {
    folder = await temporaryFolder()
    for (const { path, file } of leaves) {
      await mkdir(`${folder.path}/leaves/${path.split('/')[0]}`, { recursive: true })
      await writeFile(`${folder.path}/leaves/${path}`, file)
    }
  })
  afterAll(() => folder?.remove())

  async function readLeaves(participant: ParticipantPage): Promise<Scale> {
    const chosen = participant.page.waitForEvent('filechooser')
    await participant.press('Choose a folder')
    await (await chosen).setFiles(`${folder.path}/leaves`)
    await participant.sees('16 images in 2 classes')
    const filled = async (label: string) => Number(await participant.page.getByLabel(label).inputValue())
    const scale = {
      mean: await filled('Mean of the pixels (0 to 1)'),
      std: await filled('Standard deviation of the pixels'),
    }
    await participant.press('Read and check')
    await participant.sees(`16 rows of shape ${SIDE} × ${SIDE} × 1. Nothing was sent.`)
    return scale
  }

  /** What the page of a build sends while `use` uses it. */
  async function recorded(
    build: string,
    changes: readonly SourceChange[],
    use: (participant: ParticipantPage, world: PageWorld, federation: string, sent: readonly Sent[]) => Promise<Scale>,
  ): Promise<{ leaks: string[]; sent: readonly Sent[]; complaints: readonly string[] }> {
    const dashboard = `${folder.path}/${build}`
    await buildDashboard(dashboard, changes)
    const world = await PageWorld.open(dashboard, `${folder.path}/${build}-data`)
    const recorder = await recordRequests(world.coordinator.port)
    const proxy = [`--proxy-server=${recorder.address}`, '--proxy-bypass-list=<-loopback>']
    const browser = await launchBrowser(proxy)
    try {
      const federation = await world.federation('leaves')
      const participant = new ParticipantPage(await browser.newPage({ locale: 'en-GB' }))
      await participant.openInvite(world.coordinator.url, await world.invite(federation, 'birch'), 'birch')
      await participant.accept()
      const scale = await use(participant, world, federation, recorder.sent)
      return { leaks: leaksIn(recorder.sent, scale), sent: recorder.sent, complaints: participant.complaints }
    } finally {
      await browser.close()
      await recorder.close()
      await world.close()
    }
  }

  test('in whole runs, also after a reload, nothing that the browser sends holds one', async () => {
    const { leaks, sent, complaints } = await recorded('honest', [], async (participant, world, federation) => {
      const train = async () => {
        const run = await world.run(federation, softmaxRun(2, 1, { model }))
        await world.completed(run)
        await participant.sees(/of your own rows/)
      }
      await readLeaves(participant)
      await participant.press('Start training')
      await participant.takesPart()
      await train()
      const before = await world.admin.participants(federation)
      await participant.page.reload()
      await participant.press('Go on as birch')
      const scale = await readLeaves(participant)
      await participant.press('Start training')
      await participant.takesPart()
      await train()
      expect((await world.admin.participants(federation)).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
      return scale
    })
    expect(sent.filter((one) => one.what.startsWith('PUT') && /\/update$/.test(one.what))).toHaveLength(4)
    expect(leaks).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a page that leaks is caught, whatever it gives away', async () => {
    const given = ['a name', 'pixels as float32', 'pixels as bytes', 'pixels as RGBA', 'a file']
    const uncaught = (leaks: readonly string[]) =>
      given.filter((kind) => !leaks.some((leak) => leak.startsWith(`${kind} in `) && leak.endsWith('/healthz')))
    const { leaks } = await recorded('leaky', LEAKS, async (participant, _world, _federation, sent) => {
      const scale = await readLeaves(participant)
      // What a canvas holds is sent some time after the page has said that it has read.
      await expect.poll(() => uncaught(leaksIn(sent, scale))).toEqual([])
      return scale
    })
    expect(uncaught(leaks)).toEqual([])
  })
})

/** Each image in the forms in which it could leave. */
function leaksIn(sent: readonly Sent[], scale: Scale): string[] {
  const normalised = normalisedPixels(scale)
  const needles = new Needles()
  for (const { path, pixels, file } of leaves) {
    const values = Array.from(pixels, (pixel) => normalised[pixel] ?? Number.NaN)
    const opaque = Buffer.from([...pixels].flatMap((pixel) => [pixel, pixel, pixel, 255]))
    const floats = encoded(values, 'float32', true)
    for (let at = 0; at + 4 <= pixels.length; at += 4) needles.add('pixels as float32', floats.subarray(at * 4, at * 4 + 16))
    for (let at = 0; at + 8 <= pixels.length; at += 8) {
      needles.add('pixels as bytes', pixels.subarray(at, at + 8))
      needles.add('pixels as RGBA', opaque.subarray(at * 4, at * 4 + 32))
    }
    for (const name of path.split('/')) needles.add('a name', name)
    needles.add('a file', file.subarray(60, 92))
  }
  return sent.flatMap(({ what, bytes }) => [...needles.in(bytes())].map((kind) => `${kind} in ${what}`))
}
