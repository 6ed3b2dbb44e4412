import type { Page } from 'playwright-core'

/** The participant page as a person uses it. */
export class ParticipantPage {
  readonly page: Page
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('console', (message) => {
      // Whoever is not signed in is told so; everything else is a fault.
      if (message.type() === 'error' && !/401/.test(message.text())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  async openInvite(url: string, code: string, name: string): Promise<void> {
    await this.page.goto(`${url}/join#code=${encodeURIComponent(code)}&name=${name}`)
  }

  async accept(): Promise<void> {
    await this.press('Agree and go on')
  }

  press(name: string | RegExp): Promise<void> {
    return this.page.getByRole('button', { name }).click()
  }

  async choose(files: readonly { readonly name: string; readonly content: string | Buffer }[]): Promise<void> {
    const chosen = this.page.waitForEvent('filechooser')
    await this.press('Choose files')
    await (await chosen).setFiles(
      files.map(({ name, content }) => ({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })),
    )
  }

  async readAndStart(): Promise<void> {
    await this.press('Read and check')
    await this.press('Start training')
  }

  /** Until the coordinator has welcomed it. */
  async takesPart(): Promise<void> {
    await this.sees(/Taking part\. Training goes on/)
  }

  async sees(text: string | RegExp, timeout = 60_000): Promise<void> {
    try {
      await this.page.getByText(text).first().waitFor({ timeout })
    } catch (error) {
      const shown = await this.page.locator('main').ariaSnapshot()
      throw new Error(`"${text}" is not on the page, which shows:\n${shown}\n${this.complaints.join('\n')}`, { cause: error })
    }
  }

  /** A figure by its title. */
  async fact(title: string): Promise<string> {
    return (await this.page.locator(`dt:text-is("${title}") + dd`).first().textContent()) ?? ''
  }
}
