import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import AxeBuilder from '@axe-core/playwright'
import type { ModelConfig } from '@tributary/protocol'
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually, softmaxRun } from '../harness/small-federation.ts'
import { launchBrowser, missingBrowser } from './chromium.ts'
import { csvOf } from './csv-rows.ts'
import { PageWorld } from './page-world.ts'
import { ParticipantPage } from './participant-page.ts'
import { pngOf } from './png.ts'

process.env.TRIBUTARY_BACKEND = 'wasm'

const TABLE = { client: 1, rows: 40 }
const FIRST_LOAD_BYTES = 200_000

describe.skipIf(missingBrowser !== null)('the participant page', () => {
  let world: PageWorld
  let browser: Browser
  beforeAll(async () => {
    world = await PageWorld.build()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  const contextIn = (options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> =>
    browser.newContext({ locale: 'en-GB', ...options })

  async function invited(name: string, context: BrowserContext): Promise<{ federation: string; participant: ParticipantPage }> {
    const federation = await world.federation(name)
    const participant = new ParticipantPage(await context.newPage())
    await participant.openInvite(world.coordinator.url, await world.invite(federation, 'birch'), 'birch')
    return { federation, participant }
  }

  const violations = async (participant: ParticipantPage): Promise<string[]> => {
    const { violations: found } = await new AxeBuilder({ page: participant.page }).analyze()
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }

  test('leads from the terms to a result on own rows; after a reload it is the same participant, and leaving is for good', async () => {
    const context = await contextIn({ acceptDownloads: true })
    const { federation, participant } = await invited('whole way', context)
    await world.joinInNode(federation, 'alder', { client: 0, rows: 30 })
    await participant.sees('You take part as birch.')
    expect(await violations(participant)).toEqual([])
    await participant.accept()
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
    await participant.sees('40 rows, 7 columns')
    await participant.press('Read and check')
    await participant.sees('40 rows of shape 6. Nothing was sent.')
    expect(await violations(participant)).toEqual([])
    await participant.press('Start training')
    await participant.takesPart()
    expect(new URL(participant.page.url()).pathname + new URL(participant.page.url()).hash).toBe('/take-part')
    expect(await participant.fact('Data sent')).toBe('0 B')

    const run = await world.run(federation, softmaxRun(3, 2))
    const { modelSha256 } = await world.completed(run)
    await participant.sees('On 9 of your own rows')
    await participant.sees(modelSha256)
    expect(await participant.fact('Updates sent')).toMatch(/^\d+(\.\d+)? (B|kB) \(3 updates\)$/)
    expect(await participant.fact('Accuracy on your held-out rows')).toMatch(/^\d+\.\d%$/)
    expect(await violations(participant)).toEqual([])
    const download = participant.page.waitForEvent('download')
    await participant.press('Download the model')
    const path = await (await download).path()
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(modelSha256)

    const [before] = (await world.admin.participants(federation)).filter(({ name }) => name === 'birch')
    await participant.page.reload()
    await participant.sees('Welcome back')
    expect(await violations(participant)).toEqual([])
    await participant.press('Go on as birch')
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
    await participant.readAndStart()
    await participant.takesPart()
    const second = new ParticipantPage(await context.newPage())
    await second.page.goto(`${world.coordinator.url}/take-part`)
    await second.sees('Taking part in another tab of this browser.')
    await second.page.close()

    await participant.press('Pause')
    await participant.sees(/^Paused\./)
    const online = async () => (await world.admin.participants(federation)).find(({ name }) => name === 'birch')?.online
    await eventually('the pause to reach the coordinator', async () => (await online()) === false)
    await participant.press('Resume')
    await participant.takesPart()
    expect((await world.admin.participants(federation)).filter(({ name }) => name === 'birch')).toMatchObject([
      { id: before?.id },
    ])

    await participant.press('Leave the federation')
    await participant.press('Leave for good')
    await participant.sees('You have left the federation.')
    expect((await world.admin.participants(federation)).find(({ name }) => name === 'birch')?.state).toBe('left')
    await participant.page.reload()
    await participant.sees('Nobody has taken part from this browser yet.')
    expect(participant.complaints).toEqual([])
    await context.close()
  })

  test('says by column what is wrong with a file, and takes the mended one', async () => {
    const context = await contextIn()
    const { participant } = await invited('bad file', context)
    await participant.accept()
    const schema = JSON.stringify({
      task: 'classification',
      features: [
        { name: 'age', type: 'number' },
        { name: 'sex', type: 'category', categories: ['f', 'm'] },
      ],
      label: { name: 'ill', type: 'category', categories: ['no', 'yes'] },
    })
    const bad = 'age,sex,ill\nforty,f,no\n41,x,yes\n,m,no\n'
    await participant.choose([
      { name: 'patients.csv', content: bad },
      { name: 'schema.json', content: schema },
    ])
    await participant.press('Read and check')
    await participant.sees('Column age')
    await participant.sees('Row 2: "forty" stands there; put a number.')
    await participant.sees('Row 4: an empty cell stands there; put a number.')
    await participant.sees('Column sex')
    await participant.sees('Row 3: "x" stands there; put one of "f", "m".')
    expect(await violations(participant)).toEqual([])
    await participant.choose([
      { name: 'patients.csv', content: bad.replace('forty', '40').replace(',x,', ',m,').replace('\n,', '\n42,') },
      { name: 'schema.json', content: schema },
    ])
    await participant.press('Read and check')
    await participant.sees('3 rows of shape 3. Nothing was sent.')
    expect(participant.complaints).toEqual([])
    await context.close()
  })

  test('reads images from folders, in Chinese, on a phone, in the dark, by keyboard alone', async () => {
    const context = await contextIn({ locale: 'zh-CN', viewport: { width: 360, height: 740 }, colorScheme: 'dark' })
    const { federation, participant } = await invited('images', context)
    const { page } = participant
    const press = async (name: string) => {
      await page.getByRole('button', { name }).focus()
      await page.keyboard.press('Enter')
    }
    await participant.sees('您以 birch 的身份参与。')
    expect(await violations(participant)).toEqual([])
    await press('同意并继续')
    const chosen = page.waitForEvent('filechooser')
    await press('选择文件夹')
    for (const [place, kind] of ['elm', 'oak'].entries()) {
      await mkdir(`${world.folder}/leaves/${kind}`, { recursive: true })
      for (let leaf = 0; leaf < 6; leaf += 1)
        await writeFile(
          `${world.folder}/leaves/${kind}/${leaf}.png`,
          pngOf(8, 8, (x, y) => 255 * ((x + y + leaf + place) % 2)),
        )
    }
    await (await chosen).setFiles(`${world.folder}/leaves`)
    await participant.sees('2 个类别，共 12 张图片')
    await press('读取并检查')
    await participant.sees('共 12 行，形状 28 × 28 × 1')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    expect(await violations(participant)).toEqual([])
    await press('开始训练')
    await participant.sees('正在参与。')
    const model: ModelConfig = { name: 'softmax', inputShape: [28, 28, 1], outputs: 2 }
    const run = await world.run(federation, softmaxRun(2, 1, { model }))
    await world.completed(run)
    await participant.sees('在您自己未用于训练的 2 行数据上：')
    expect(await violations(participant)).toEqual([])
    // Another language does not take the training away.
    await page.getByLabel('语言 / Language').selectOption('en')
    await participant.takesPart()
    expect(participant.complaints).toEqual([])
    await context.close()
  })

  test('says why an invite does not work', async () => {
    const context = await contextIn()
    const participant = new ParticipantPage(await context.newPage())
    await participant.openInvite(world.coordinator.url, 'trb_v_unknown', 'birch')
    await participant.accept()
    await participant.choose([{ name: 'rows.csv', content: csvOf(TABLE) }])
    await participant.readAndStart()
    await participant.sees('invite_unknown')
    await context.close()
  })

  test('loads at most 200 kB before the files of WebAssembly and of training', async () => {
    const context = await contextIn()
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Network.enable')
    const sizes = new Map<string, number>()
    const names = new Map<string, string>()
    session.on('Network.responseReceived', ({ requestId, response }) => void names.set(requestId, new URL(response.url).pathname))
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => void sizes.set(requestId, encodedDataLength))
    await page.goto(`${world.coordinator.url}/join#code=x&name=birch`)
    await page.getByText('You take part as birch.').waitFor()
    await page.waitForLoadState('networkidle')
    const files = [...sizes].map(([id, bytes]) => ({ name: names.get(id) ?? '', bytes }))
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
    const largest = files.sort((a, b) => b.bytes - a.bytes).slice(0, 6)
    const shown = largest.map(({ name, bytes }) => `${name} ${Math.round(bytes / 1000)}`)
    console.log(`the participant page loads ${Math.round(total / 1000)} kB in ${files.length} files: ${shown.join(', ')} …`)
    expect(files.length).toBeGreaterThan(3)
    expect(files.filter(({ name }) => /wasm|worker/.test(name))).toEqual([])
    expect(total).toBeLessThan(FIRST_LOAD_BYTES)
    await context.close()
  })
})
