import decode from 'jsqr'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import en from '../../apps/dashboard/src/participant/words/en.json' with { type: 'json' }
import zh from '../../apps/dashboard/src/participant/words/zh.json' with { type: 'json' }
import { World } from '../harness/institutions.ts'
import { eventually } from '../harness/small-federation.ts'
import { csvOf } from './csv-rows.ts'
import { launch, noBrowser, openContext } from './harness/chromium.ts'
import { openSignedIn } from './harness/pages.ts'

const words = { en, zh }
type Language = keyof typeof words
const TABLE = { client: 1, rows: 30 }

describe.skipIf(noBrowser !== null)('an invite', () => {
  let world: World
  let browser: Browser
  beforeAll(async () => {
    world = await World.open()
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    await world?.close()
  })

  /** Opens the link in a browser of its own and goes as far as the coordinator decides. */
  async function follow(link: string, language: Language, name: string): Promise<Page> {
    const page = await (await openContext(browser, { language })).newPage()
    await page.goto(link)
    await accept(page, language, name)
    return page
  }

  async function accept(page: Page, language: Language, name: string): Promise<void> {
    const press = (key: keyof typeof en) => page.getByRole('button', { name: words[language][key], exact: true }).click()
    const field = page.getByRole('textbox')
    await page.getByRole('button', { name: words[language]['terms.accept'], exact: true }).waitFor()
    if ((await field.count()) > 0) await field.fill(name)
    await press('terms.accept')
    const chosen = page.waitForEvent('filechooser')
    await press('connect.files')
    await (await chosen).setFiles([{ name: 'rows.csv', mimeType: 'text/csv', buffer: Buffer.from(csvOf(TABLE)) }])
    await press('read.check')
    await press('read.go')
  }

  const members = async (federation: string) => (await world.admin.participants(federation)).map(({ name }) => name)

  it('is one use in its code, link and QR: it admits one participant, and then says in words that it is used', async () => {
    const { url } = world.coordinator
    const federation = await world.federation('forest')
    const admin = await openSignedIn(await openContext(browser), url, world.coordinator.adminToken as string)
    await admin.goto(`${url}/federations/${federation}`)
    await admin.getByRole('button', { name: 'Invite', exact: true }).click()
    await admin.getByRole('button', { name: 'Create code' }).click()
    const qr = admin.getByRole('img', { name: /QR/ })
    const link = await readQr(qr)
    const [shownLink = '', code = ''] = await admin.getByRole('dialog').locator('code').allTextContents()
    expect(link).toBe(shownLink)
    expect(new URL(link).origin).toBe(url)
    expect(new URLSearchParams(new URL(link).hash.slice(1)).get('code')).toBe(code)
    // In no address that is ever sent.
    expect(new URL(link).pathname + new URL(link).search).toBe('/join')
    await admin.context().close()

    const first = await follow(link, 'en', 'ash')
    await first.getByText(en['stage.running']).waitFor({ timeout: 30_000 })
    expect(await members(federation)).toEqual(['ash'])
    for (const [language, text] of [
      ['en', /This invite has been used already\./] as const,
      ['zh', /邀请码已被使用。/] as const,
    ]) {
      const second = await follow(link, language, 'birch')
      await second.getByText(text).first().waitFor({ timeout: 30_000 })
      await second.context().close()
    }
    expect(await members(federation)).toEqual(['ash'])
    await first.context().close()
  })

  it('is refused in words when it has expired, and when it was revoked; another link in the same tab is another invite', async () => {
    const { url } = world.coordinator
    const federation = await world.federation('garden')
    const expiring = await world.admin.createInvite(federation, { name: 'elm', expiresInSeconds: 2 })
    const revoked = await world.admin.createInvite(federation, { name: 'fir' })
    await fetch(`${url}/api/v1/invites/${revoked.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.coordinator.adminToken}` },
    })
    const linkOf = ({ code }: { code: string }) => `${url}/join#code=${encodeURIComponent(code)}`
    for (const [language, text] of [['en', /This invite was revoked\./] as const, ['zh', /邀请已被撤销。/] as const]) {
      const page = await follow(linkOf(revoked), language, 'fir')
      await page.getByText(text).first().waitFor({ timeout: 30_000 })
      await page.context().close()
    }
    await eventually('the invite to expire', async () => Date.now() > Date.parse(expiring.expiresAt) || null, 10_000)
    for (const [language, text] of [['en', /This invite expired at/] as const, ['zh', /邀请已于 .* 过期/] as const]) {
      const page = await follow(linkOf(expiring), language, 'elm')
      await page.getByText(text).first().waitFor({ timeout: 30_000 })
      if (language === 'en') {
        const good = await world.admin.createInvite(federation, { name: 'hazel' })
        await page.goto(`${linkOf(good)}&name=hazel`)
        await accept(page, 'en', 'hazel')
        await page.getByText(en['stage.running']).waitFor({ timeout: 30_000 })
      }
      await page.context().close()
    }
    expect(await members(federation)).toEqual(['hazel'])
  })

  /** What a camera would read. */
  async function readQr(qr: Locator): Promise<string> {
    const picture = (await qr.screenshot()).toString('base64')
    const blank = await browser.newPage()
    const { width, height, pixels } = await blank.evaluate(async (base64) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
      const pen = canvas.getContext('2d')
      pen?.drawImage(bitmap, 0, 0)
      const { data } = pen?.getImageData(0, 0, bitmap.width, bitmap.height) ?? { data: [] }
      return { width: bitmap.width, height: bitmap.height, pixels: [...data] }
    }, picture)
    await blank.close()
    return decode.default(Uint8ClampedArray.from(pixels), width, height)?.data ?? 'no QR code was found'
  }
})
