import { CoordinatorApi, joinFederation, type Participation } from '@tributary/client'
import { type RunningCoordinator, startCoordinator } from '@tributary/coordinator'
import type { Run, RunConfigInput, RunEventType } from '@tributary/protocol'
import type { Browser } from 'playwright-core'
import { type EventData, eventsOf, reached } from '../harness/runs.ts'
import { temporaryFolder } from '../harness/small-federation.ts'
import { buildClientPage } from './build-page.ts'
import { launchBrowser } from './chromium.ts'
import { ClientInPage } from './client-in-page.ts'
import type { PageJoin } from './client-page/page.ts'
import { csvOf, rowsOf, schemaOf, type TestTable } from './csv-rows.ts'
import { type Gate, openGate } from './gate.ts'

/** A coordinator, a gate before it with the client's page, a browser, and clients in Node. */
export class BrowserWorld {
  readonly coordinator: RunningCoordinator
  readonly admin: CoordinatorApi
  readonly gate: Gate
  readonly browser: Browser
  readonly folder: string
  readonly #stops: (() => Promise<unknown>)[] = []

  static async open(buildPage: (outDir: string) => Promise<void> = buildClientPage): Promise<BrowserWorld> {
    const folder = await temporaryFolder()
    await buildPage(`${folder.path}/page`)
    const coordinator = await startCoordinator({
      host: '127.0.0.1',
      port: 0,
      dataDir: `${folder.path}/coordinator`,
      logLevel: 'error',
    })
    const gate = await openGate(coordinator, `${folder.path}/page`)
    const browser = await launchBrowser()
    return new BrowserWorld(folder, coordinator, gate, browser)
  }

  private constructor(
    folder: Awaited<ReturnType<typeof temporaryFolder>>,
    coordinator: RunningCoordinator,
    gate: Gate,
    browser: Browser,
  ) {
    this.folder = folder.path
    this.coordinator = coordinator
    this.admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
    this.gate = gate
    this.browser = browser
    this.#stops.push(
      folder.remove,
      () => coordinator.close(),
      gate.close,
      () => browser.close(),
    )
  }

  async federation(name: string): Promise<string> {
    return (await this.admin.createFederation(name)).id
  }

  async invite(federation: string, name: string): Promise<string> {
    return (await this.admin.createInvite(federation, { name })).code
  }

  /** Joins from this process, on the rows of the same CSV text that a page would read. */
  async joinInNode(federation: string, name: string, table: TestTable): Promise<Participation> {
    const participation = await joinFederation({
      url: this.coordinator.url,
      invite: await this.invite(federation, name),
      name,
      data: await rowsOf(table),
      stateDir: `${this.folder}/${federation}`,
    })
    this.#stops.push(() => participation.close())
    return participation
  }

  /** A page with a profile of its own, as on another machine. */
  async page(): Promise<ClientInPage> {
    const context = await this.browser.newContext()
    return new ClientInPage(await context.newPage()).open(this.gate.url)
  }

  async joinInPage(federation: string, name: string, table: TestTable, holdOut?: number): Promise<ClientInPage> {
    const page = await this.page()
    const join = { ...pageJoinOf(table), invite: await this.invite(federation, name), name }
    const refusal = await page.join(holdOut === undefined ? join : { ...join, holdOut })
    if (refusal !== null) throw new Error(`the page could not join: ${refusal}; ${page.complaints.join('; ')}`)
    return page
  }

  async run(federation: string, config: RunConfigInput): Promise<string> {
    return (await this.admin.createRun(federation, { name: 'run', config })).id
  }

  completed(run: string): Promise<Run> {
    return reached(this.admin, run, 'completed', 150_000)
  }

  log<Type extends RunEventType>(run: string, type: Type): Promise<EventData[Type][]> {
    return eventsOf(this.admin, run, type)
  }

  async close(): Promise<void> {
    for (const stop of this.#stops.reverse()) await stop()
  }
}

export const pageJoinOf = (table: TestTable): PageJoin => ({
  csv: csvOf(table),
  schema: schemaOf(table),
  ...(table.featureShape === undefined ? {} : { featureShape: table.featureShape }),
})
