import type { Page } from 'puppeteer-core'

/** The participant page as a person uses it, through puppeteer: for Firefox, and for tabs that are really hidden. */
export class ParticipantTab {
  readonly page: Page
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.setDefaultTimeout(60_000)
    page.on('console', (message) => {
      if (message.type() === 'error' && !/401/.test(message.text())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  async openInvite(url: string, code: string, name: string): Promise<void> {
    await this.page.goto(`${url}/join#code=${encodeURIComponent(code)}&name=${name}`)
  }

  press(name: string): Promise<void> {
    return this.page.locator(`::-p-aria(${name}[role="button"])`).click()
  }

  async choose(path: string): Promise<void> {
    const input = await this.page.waitForSelector('input[type=file]:not([webkitdirectory])')
    if (input === null) throw new Error('the page takes no files')
    await input.uploadFile(path)
  }

  async sees(text: string): Promise<void> {
    await this.page.waitForSelector(`::-p-text(${text})`)
  }

  fact(title: string): Promise<string> {
    return this.page.$$eval(
      'dt',
      (titles, wanted) => titles.find((each) => each.textContent === wanted)?.nextElementSibling?.textContent ?? '',
      title,
    )
  }
}
