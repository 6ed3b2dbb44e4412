import { CoordinatorApi, joinFederation, type Participation } from '@tributary/client'
import { type RunningCoordinator, startCoordinator } from '@tributary/coordinator'
import type { Run, RunConfigInput } from '@tributary/protocol'
import { reached } from '../harness/runs.ts'
import { temporaryFolder } from '../harness/small-federation.ts'
import { buildDashboard } from './build-page.ts'
import { rowsOf, type TestTable } from './csv-rows.ts'

/** A coordinator that serves a built dashboard, and a client in Node beside the page. */
export class PageWorld {
  readonly coordinator: RunningCoordinator
  readonly admin: CoordinatorApi
  /** What is written for it goes with it. */
  readonly folder: string
  readonly #joined: Participation[] = []
  #remove: () => Promise<void> = async () => {}

  /** Builds the dashboard into a folder of its own, which is removed at the end. */
  static async build(): Promise<PageWorld> {
    const folder = await temporaryFolder()
    await buildDashboard(`${folder.path}/dashboard`)
    const world = await PageWorld.open(`${folder.path}/dashboard`, folder.path)
    world.#remove = folder.remove
    return world
  }

  static async open(dashboard: string, folder: string): Promise<PageWorld> {
    const dataDir = `${folder}/coordinator`
    return new PageWorld(await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, dashboard, logLevel: 'error' }), folder)
  }

  private constructor(coordinator: RunningCoordinator, folder: string) {
    this.coordinator = coordinator
    this.folder = folder
    this.admin = new CoordinatorApi({ url: coordinator.url, token: coordinator.adminToken })
  }

  async federation(name: string): Promise<string> {
    return (await this.admin.createFederation(name)).id
  }

  async invite(federation: string, name: string): Promise<string> {
    return (await this.admin.createInvite(federation, { name })).code
  }

  async joinInNode(federation: string, name: string, table: TestTable, holdOut?: number): Promise<void> {
    const invite = await this.invite(federation, name)
    const { url } = this.coordinator
    const data = await rowsOf(table)
    const stateDir = `${this.folder}/${federation}`
    this.#joined.push(await joinFederation({ url, invite, name, data, holdOut, stateDir }))
  }

  async run(federation: string, config: RunConfigInput): Promise<string> {
    return (await this.admin.createRun(federation, { name: 'run', config })).id
  }

  completed(run: string): Promise<Run> {
    return reached(this.admin, run, 'completed', 150_000)
  }

  async close(): Promise<void> {
    await Promise.all(this.#joined.map((one) => one.close()))
    await this.coordinator.close()
    await this.#remove()
  }
}
