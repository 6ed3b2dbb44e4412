import type { RunConfigInput } from '@tributary/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { softmaxRun } from '../harness/small-federation.ts'
import { buildDashboard } from './build-page.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { csvOf } from './csv-rows.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantPage } from './participant-page.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLES = { alder: { client: 0, rows: 30 }, birch: { client: 1, rows: 40 } }
/** What the page keeps out of training. */
const HELD_OUT = 0.2
const ASK = 'Try the graphics processor (WebGPU)'
/** Chromium's own software adapter: all of WebGPU, without a graphics processor. */
const SOFTWARE_ADAPTER = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']
const config: RunConfigInput = softmaxRun(3, 2, {
  model: { name: 'mlp', inputShape: [6], outputs: 3, hidden: [32] },
  training: { epochs: 2, batchSize: 8, optimiser: 'adam', learningRate: 0.01 },
})

describe.skipIf(missingBrowser !== null)('WebGPU on the participant page', () => {
  let world: PageWorld
  beforeAll(async () => {
    world = await PageWorld.build()
  })
  afterAll(async () => {
    await world?.close()
  })

  async function launch(adapter: readonly string[]): Promise<Browser> {
    const browser = await launchBrowser(adapter)
    onTestFinished(() => browser.close())
    return browser
  }

  /** A participant who asks for the graphics processor, and which of the page's files were fetched. */
  async function takePart(browser: Browser, at: PageWorld, federation: string) {
    const page = await browser.newPage({ locale: 'en-GB' })
    const files: string[] = []
    page.context().on('request', (request) => files.push(new URL(request.url()).pathname))
    const participant = new ParticipantPage(page)
    await participant.openInvite(at.coordinator.url, await at.invite(federation, 'birch'), 'birch')
    await participant.accept()
    await page.getByLabel(ASK).check()
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLES.birch) }])
    await participant.readAndStart()
    await participant.takesPart()
    return { participant, webgpuFiles: () => files.filter((path) => /webgpu|tfjs-backend-webgpu/.test(path)) }
  }

  const updatesOf = async (at: PageWorld, run: string, name: string) =>
    (await at.admin.events(run, { limit: 5_000 })).events.flatMap(({ event }) =>
      event.type === 'update.accepted' && event.data.name === name ? [event.data] : [],
    )

  test('is used once its trial steps came out right; it learns as WASM does', async () => {
    const federation = await world.federation('graphics')
    await world.joinInNode(federation, 'alder', TABLES.alder)
    const { participant, webgpuFiles } = await takePart(await launch(SOFTWARE_ADAPTER), world, federation)
    expect(webgpuFiles()).toHaveLength(1)
    expect(await participant.fact('Computed on')).toBe('Graphics processor (WebGPU)')
    const run = await world.run(federation, config)
    const { modelSha256 } = await world.completed(run)
    await participant.sees('On 9 of your own rows')
    const onGraphics = await updatesOf(world, run, 'birch')
    expect(onGraphics.map(({ backend }) => backend)).toEqual(['webgpu', 'webgpu', 'webgpu'])
    expect(participant.complaints).toEqual([])

    const inNode = await world.federation('node')
    await world.joinInNode(inNode, 'alder', TABLES.alder)
    await world.joinInNode(inNode, 'birch', TABLES.birch, HELD_OUT)
    const other = await world.run(inNode, config)
    const { modelSha256: ofNode } = await world.completed(other)
    const onWasm = await updatesOf(world, other, 'birch')
    const losses = onWasm.map(({ loss }, round) => Math.abs((loss ?? Number.NaN) - (onGraphics[round]?.loss ?? Number.NaN)))
    console.log(
      `WebGPU (software adapter): losses of ${losses.length} rounds within ${Math.max(...losses).toExponential(1)} of WASM's; ` +
        `the model's bytes are ${modelSha256 === ofNode ? 'the same' : 'others'}`,
    )
    expect(Math.max(...losses)).toBeLessThan(1e-4)
  })

  test('is refused in words where the browser has no adapter, and nothing of it is loaded; training goes on', async () => {
    const federation = await world.federation('no graphics')
    const { participant, webgpuFiles } = await takePart(await launch([]), world, federation)
    await participant.sees(
      'The graphics processor is not used: this browser gives none to pages. Training goes on with WebAssembly.',
    )
    expect(await participant.fact('Computed on')).toBe('Processor (WebAssembly)')
    expect(webgpuFiles()).toEqual([])
    const run = await world.run(federation, { ...config, rounds: 1, selection: { fraction: 1, minimum: 1 } })
    await world.completed(run)
    expect((await updatesOf(world, run, 'birch')).map(({ backend }) => backend)).toEqual(['wasm'])
    expect(participant.complaints).toEqual([])
  })

  test('is refused in words where a kernel of it is wrong; training goes on', async () => {
    const dashboard = `${world.folder}/wrong-kernel`
    await buildDashboard(dashboard, [
      {
        file: 'tfjs-backend-webgpu/dist/unary_op_util.js',
        // Small values are taken for negative ones, by the kernels for one number at a time and for four.
        change: (source) => source.replaceAll('a < 0.0)', 'a < 0.1)').replaceAll('a < vec4<f32>(0.0))', 'a < vec4<f32>(0.1))'),
      },
    ])
    const other = await PageWorld.open(dashboard, `${world.folder}/wrong-kernel-data`)
    onTestFinished(() => other.close())
    const federation = await other.federation('wrong graphics')
    const { participant } = await takePart(await launch(SOFTWARE_ADAPTER), other, federation)
    await participant.sees(/The graphics processor is not used: in a trial step it computed \S+ wrongly/)
    await participant.sees('Training goes on with WebAssembly.')
    const run = await other.run(federation, { ...config, rounds: 1, selection: { fraction: 1, minimum: 1 } })
    await other.completed(run)
    expect((await updatesOf(other, run, 'birch')).map(({ backend }) => backend)).toEqual(['wasm'])
  })
})
