import type { ClientEvent } from '@tributary/client'
import type { SavedParticipant } from '@tributary/client/browser'
import type { Evaluation } from '@tributary/models'
import type { ModelConfig } from '@tributary/protocol'
import type { Page } from 'playwright-core'
import { eventually } from '../harness/small-federation.ts'
import type { PageJoin } from './client-page/page.ts'

type Plain<Type extends ClientEvent['type']> = Extract<ClientEvent, { type: Type }>

/** The client in a page of the tests. */
export class ClientInPage {
  readonly page: Page
  readonly complaints: string[] = []

  constructor(page: Page) {
    this.page = page
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
  }

  async open(url: string): Promise<this> {
    await this.page.goto(`${url}/page/`)
    await eventually('the page to load', () => this.page.evaluate(() => 'client' in globalThis))
    return this
  }

  /** @returns the code of the refusal; null when it joined */
  async join(join: PageJoin): Promise<string | null> {
    return (await this.page.evaluate((options) => globalThis.client.join(options), join)).error
  }

  about() {
    return this.page.evaluate(() => globalThis.client.about())
  }

  async events(): Promise<ClientEvent[]> {
    return JSON.parse(await this.page.evaluate(() => globalThis.client.events())) as ClientEvent[]
  }

  /** Waits for the nth event of a type. */
  next<Type extends ClientEvent['type']>(type: Type, nth = 1): Promise<Plain<Type>> {
    const read = async (): Promise<Plain<Type> | null> =>
      (await this.events()).filter((event): event is Plain<Type> => event.type === type)[nth - 1] ?? null
    return eventually<Plain<Type>>(`${type} #${nth} in the page`, read, 90_000)
  }

  /** What the model is worth on the rows that the page held out. */
  score(config: ModelConfig, sha256: string): Promise<Evaluation | null> {
    return this.page.evaluate(([of, hash]) => globalThis.client.score(of, hash), [config, sha256] as const)
  }

  saved(): Promise<SavedParticipant[]> {
    return this.page.evaluate(() => globalThis.client.saved())
  }
}
