import {
  decodeContainer,
  encodeUpdate,
  type NamedTensor,
  participantIdSchema,
  type RunId,
  runIdSchema,
} from '@tributary/protocol'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Institution, World } from '../harness/institutions.ts'
import { connectReady, joinRaw, putUpdate, type RawInstitution, redeem } from '../harness/raw-institution.ts'
import { eventually, softmaxRun } from '../harness/small-federation.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'
import { abortedVerticalRun } from './harness/stage.ts'

const HELD_SECONDS = 4
/** How far the page may be from the truth. */
const TOLERANCE_SECONDS = 0.5

describe.skipIf(noBrowser !== null)('what a run tells', () => {
  let world: World
  let browser: Browser
  let token: string
  beforeAll(async () => {
    world = await World.open()
    token = world.coordinator.adminToken as string
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  it('names the one who is slow, and by how much to half a second', async () => {
    const { url } = world.coordinator
    const federation = await world.federation('straggler')
    const alder = await world.join(federation, 'alder', 1, 20)
    const birch = await world.join(federation, 'birch', 2, 20)
    const cedar = await world.join(federation, 'cedar', 3, 20)
    const all = [alder, birch, cedar]
    /** When its own process has heard that its update has arrived: what the coordinator wrote down is not asked. */
    const arrival = async (one: Institution): Promise<number> => {
      const { happenedAt } = await one.next('uploaded')
      return happenedAt / 1000
    }
    // A first training is slow for everybody.
    await world.reached(await world.run(federation, softmaxRun(1, 3)), 'completed')
    await Promise.all(all.map(arrival))
    cedar.tell({ do: 'hold', trainings: 1 })
    const arrivals = all.map(arrival)
    const run = await world.run(federation, softmaxRun(1, 3))
    await cedar.next('holding')
    await Promise.all(arrivals.slice(0, 2))
    const context = await openContext(browser)
    const page = await openSignedIn(context, url, token)
    await page.goto(`${url}/runs/${run}?tab=rounds`)
    const notice = page.locator('[data-straggler]')
    // It is named while the others still wait for it.
    const lateness = async () => Number(await notice.getAttribute('data-lateness', { timeout: 20_000 }))
    await eventually('cedar to be late', async () => (await lateness()) > HELD_SECONDS + TOLERANCE_SECONDS)
    expect((await world.admin.run(run)).phase).toBe('training')
    expect(await notice.getAttribute('data-straggler')).toBe('cedar')
    cedar.tell({ do: 'go' })
    await world.reached(run, 'completed')
    const [a = 0, b = 0, c = 0] = await Promise.all(arrivals)
    const truth = c - Math.max(a, b)
    await page.locator('[data-connection="live"]').getByText('over').or(page.getByText('completed')).first().waitFor()
    expect(await notice.count()).toBe(1)
    expect(await notice.getAttribute('data-straggler')).toBe('cedar')
    const shown = Number(/([\d.]+) s/.exec((await notice.textContent()) ?? '')?.[1])
    console.log(`cedar: ${truth.toFixed(2)} s behind, the page says ${shown} s (budget: ${TOLERANCE_SECONDS} s from it)`)
    expect(truth).toBeGreaterThan(HELD_SECONDS)
    expect(Math.abs(shown - truth)).toBeLessThan(TOLERANCE_SECONDS)
    expect(await page.getByRole('rowheader').first().textContent()).toBe('cedar')
    await context.close()
  })

  it('does one thing when two admins cancel, and shows both who', async () => {
    const { url } = world.coordinator
    const federation = await world.federation('two-admins')
    const run = (await world.admin.createRun(federation, { name: 'contested', config: softmaxRun(2, 2) })).id
    const pages = []
    for (const name of ['ada', 'grace']) {
      const { token: own } = await redeem(world.admin, url, federation, name, 'admin')
      const page = await openSignedIn(await openContext(browser), url, own)
      await page.goto(`${url}/runs/${run}?tab=actions`)
      await page.getByRole('button', { name: 'Cancel run' }).click()
      await page.getByLabel('Reason').fill(`${name} says so`)
      await page.getByLabel(/Type the run's name/).fill('contested')
      pages.push(page)
    }
    await Promise.all(pages.map((page) => page.getByRole('button', { name: 'Confirm: Cancel run' }).click()))
    const cancels = await eventually('the run to be cancelled', async () => {
      const actions = await world.log(run, 'action')
      const done = actions.filter(({ action }) => action === 'cancel')
      return done.length > 0 && (await world.admin.run(run)).phase === 'cancelled' ? done : null
    })
    expect(cancels).toHaveLength(1)
    const by = cancels[0]?.by ?? ''
    const late = pages[by === 'ada' ? 1 : 0]
    await late
      ?.getByRole('dialog')
      .getByText(/action_not_allowed|action_conflict/)
      .waitFor()
    for (const page of pages) {
      await page.keyboard.press('Escape')
      await page.getByText(`${by}: Cancel run`).first().waitFor()
      await page.getByText('cancelled').first().waitFor()
    }
    for (const page of pages) await page.context().close()
  })

  describe('of failures', () => {
    /** In both languages: where it is told, and texts that must all stand there. */
    const told = async (path: string, en: readonly RegExp[], zh: readonly RegExp[]) => {
      for (const [language, texts] of [['en', en] as const, ['zh', zh] as const]) {
        const context = await openContext(browser, { language })
        const page = await openSignedIn(context, world.coordinator.url, token)
        await page.goto(world.coordinator.url + path)
        for (const text of texts) await page.getByText(text).first().waitFor({ timeout: 10_000 })
        await context.close()
      }
    }

    describe('in a horizontal run', () => {
      let run: RunId
      let alder: RawInstitution
      /** Codes of the refusals of alder's two updates. */
      const refused: string[] = []
      const close: (() => void)[] = []
      beforeAll(async () => {
        const { url } = world.coordinator
        const federation = await world.federation('failures')
        alder = await joinRaw(world.admin, url, federation, 'alder')
        const birch = await joinRaw(world.admin, url, federation, 'birch')
        for (const one of [alder, birch]) {
          const line = await connectReady(url, one)
          close.push(() => line.close())
        }
        run = runIdSchema.parse(await world.run(federation, softmaxRun(2, 2, { deadlineSeconds: 15, patienceSeconds: 0 })))
        await world.logged(run, 'round.opened')
        // Everything of alder and birch comes before the deadline, however long the pages take that tell of it.
        refused.push(await send((tensors) => tensors.map((one) => ({ ...one, data: one.data.map(() => Number.NaN) }))))
        refused.push(
          await send(([first, ...rest]) =>
            first === undefined ? [] : [{ ...first, shape: [first.data.length], data: first.data }, ...rest],
          ),
        )
        close[1]?.()
      })
      afterAll(() => {
        for (const one of close) one()
      })

      it('a number that is none', async () => {
        expect(refused[0]).toBe('update_not_finite')
        await told(
          `/runs/${run}?tab=events&events=trouble`,
          [/An update of alder was refused: .*not finite/],
          [/alder 的更新被拒：.*非有限/],
        )
      })

      it('a wrong shape', async () => {
        expect(refused[1]).toMatch(/update_.*shape/)
        await told(
          `/runs/${run}?tab=events&events=trouble`,
          [/An update of alder was refused: .*shape/],
          [/alder 的更新被拒：.*形状/],
        )
        // Of each participant, the last one.
        await told(`/runs/${run}?tab=participants`, [/shape/], [/形状/])
      })

      it('one who does not answer before the deadline', async () => {
        await world.reached(run, 'failed')
        await told(
          `/runs/${run}`,
          [
            /Round 1 failed: 0 of 2 required updates before the deadline\. Missing: alder \(update refused: .*shape.*\), birch \(offline since \d{4}-\d\d-\d\d \d\d:\d\d UTC\)\./,
            /Bring the missing participants back/,
          ],
          [
            /第 1 轮失败：截止前收到 0 份更新，需要 2 份。缺：alder（更新被拒：.*形状.*）、birch（\d{4}-\d\d-\d\d \d\d:\d\d UTC 起离线）。/,
            /请让缺席的参与方恢复/,
          ],
        )
      })

      /** @returns the code of the refusal */
      async function send(change: (tensors: readonly NamedTensor[]) => readonly NamedTensor[]): Promise<string> {
        const { url } = world.coordinator
        const { modelSha256 } = await world.admin.run(run)
        const { tensors } = decodeContainer(await world.admin.downloadModel(modelSha256))
        const report = { loss: 1, accuracy: null, seconds: 1, backend: 'none' }
        const meta = {
          run,
          round: 1,
          participant: participantIdSchema.parse(alder.id),
          form: 'parameters' as const,
          samples: 5,
          report,
        }
        const { bytes: body, sha256 } = encodeUpdate(change(tensors), meta)
        const answer = await putUpdate(url, run, 1, alder.token, { body, sha256, bytes: body.length })
        return String(answer.body.code)
      }
    })

    it('a quota that is used up', async () => {
      const run = await abortedVerticalRun(world, 'key_quota', 'alder asked for more')
      await told(
        `/vertical-runs/${run.id}`,
        [/asked to open … numbers and … are left/, /alder asked for more/, /Create another run/, /key_quota/],
        [/请求解密 … 个数，仅剩 … 个/, /alder asked for more/, /请创建另一个任务/, /key_quota/],
      )
    })

    it('a key service that is down', async () => {
      // As a party's program says it: the key service itself says nothing.
      const run = await abortedVerticalRun(world, 'slr_timeout', 'cedar did not answer in step 2 within 60 s.', 'alder')
      await told(
        `/vertical-runs/${run.id}`,
        [
          /… did not answer in step … within … s/,
          /alder.*cedar did not answer in step 2/,
          /Look at the program of/,
          /slr_timeout/,
        ],
        [/在第 … 步的 … 秒内未响应/, /alder.*cedar did not answer in step 2/, /请检查 .*的程序/, /slr_timeout/],
      )
    })
  })
})
