import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { CoordinatorApi, VerticalApi } from '@tributary/client'
import type { VerticalRun, VerticalSettingsInput } from '@tributary/protocol'
import { type KillRule, readTraces, type Trace } from '../processes/kill-plan.ts'
import type { VerticalCoordinatorLine, VerticalCoordinatorOptions } from '../processes/vertical-coordinator.ts'
import type { VerticalPartyLine, VerticalPartyOptions } from '../processes/vertical-party.ts'
import { fixedPort } from './fixed-port.ts'
import { pinAll } from './vertical-federation.ts'

export const PROCESSES = ['hub', 'a', 'b', 'keys'] as const
export type ProcessName = (typeof PROCESSES)[number]
export const DATA_PARTIES = ['a', 'b'] as const

type PartyName = Exclude<ProcessName, 'hub'>
const ROLES = { a: 'feature', b: 'label', keys: 'key-service' } as const

export interface ProcessesOptions {
  /** CSV text of each data party: column `id`, features, and `y` at b. */
  readonly tables: Readonly<Record<'a' | 'b', string>>
  readonly settings: VerticalSettingsInput
  readonly kills?: Partial<Record<ProcessName, readonly KillRule[]>> | undefined
  /** Called while the process is down, before it is started again. */
  readonly onDown?: ((name: ProcessName, world: VerticalProcesses) => void) | undefined
}

const program = (name: string) => fileURLToPath(new URL(`../processes/${name}.ts`, import.meta.url))

interface Supervised {
  child: ChildProcess
  /** Newest line of its output. */
  line: unknown
}

const worlds = new Set<VerticalProcesses>()

/** Ends every process of every world of this file, and removes their folders. */
export async function endAllProcesses(): Promise<void> {
  for (const world of [...worlds]) await world.end()
}

/** Coordinator, key service and two data parties as processes of their own, each started again whenever it is killed. */
export class VerticalProcesses {
  readonly folder = mkdtempSync(join(tmpdir(), 'tributary-killed-'))
  readonly #options: ProcessesOptions
  readonly #running = new Map<ProcessName, Supervised>()
  readonly #waiting = new Set<() => void>()
  #ended = false
  #failure: Error | null = null
  #admin = { url: '', port: 0, token: '' }
  #peers: Record<string, string> = {}
  #federation = ''

  private constructor(options: ProcessesOptions) {
    this.#options = options
    worlds.add(this)
  }

  static async start(options: ProcessesOptions): Promise<VerticalProcesses> {
    const world = new VerticalProcesses(options)
    await world.#open()
    return world
  }

  async #open(): Promise<void> {
    this.#peers = await pinAll(this.folder, ['a', 'b', 'keys'])
    this.#admin = { ...this.#admin, port: await fixedPort() }
    for (const name of DATA_PARTIES) writeFileSync(join(this.folder, `${name}.csv`), this.#options.tables[name])
    this.#spawn('hub')
    const { url, port, adminToken } = await this.#until('the coordinator', () => this.#line<VerticalCoordinatorLine>('hub'))
    this.#admin = { url, port, token: adminToken ?? '' }
    const admin = new CoordinatorApi({ url, token: this.#admin.token })
    const { id } = await admin.createFederation('killed')
    for (const name of ['keys', 'a', 'b'] as const) {
      const { code } = await admin.createInvite(id, { name })
      this.#spawn(name, code)
    }
    for (const name of ['keys', 'a', 'b'] as const) await this.#until(`${name} to register`, () => this.#line(name))
    this.#federation = id
  }

  /** Creates the run and waits until it is over for everybody, with all mail delivered. */
  async train(): Promise<VerticalRun> {
    const { settings } = this.#options
    const { id } = await this.api.createRun(this.#federation, { settings })
    const isOver = (name: PartyName) => {
      const line = this.#line<VerticalPartyLine>(name)
      return line !== null && (line.ended !== null || (line.done && !line.waits))
    }
    return this.#until('the end of the run', async () => {
      const run = await this.api.run(id)
      const isDone = run.phase === 'aborted' || (run.phase === 'completed' && (['keys', 'a', 'b'] as const).every(isOver))
      return isDone ? run : null
    })
  }

  /** As the coordinator's admin. */
  get api(): VerticalApi {
    const { url, token } = this.#admin
    return new VerticalApi(new CoordinatorApi({ url, token }))
  }

  folderOf(name: ProcessName): string {
    return join(this.folder, name)
  }

  keyFileOf(name: PartyName): string {
    return join(this.folder, `${name}.key`)
  }

  traces(name: ProcessName): readonly Trace[] {
    return readTraces(this.#traceFile(name))
  }

  /** Kills everything; folders stay. */
  async stop(): Promise<void> {
    this.#ended = true
    await Promise.all(
      [...this.#running.values()].map(async ({ child }) => {
        if (child.exitCode !== null || child.signalCode !== null) return
        const gone = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGKILL')
        await gone
      }),
    )
  }

  async end(): Promise<void> {
    await this.stop()
    worlds.delete(this)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #spawn(name: ProcessName, invite?: string): void {
    const args =
      name === 'hub'
        ? [program('vertical-coordinator'), this.#hubArgument()]
        : [program('vertical-party'), this.#partyArgument(name)]
    const child = spawn(process.execPath, args, {
      // A closed input ends them, so that none outlives this process.
      stdio: ['pipe', 'pipe', 'inherit'],
      env: {
        ...process.env,
        // Hundreds of starts: each reads what the first one compiled.
        NODE_COMPILE_CACHE: join(this.folder, 'compiled'),
        ...(invite === undefined ? {} : { TRIBUTARY_INVITE: invite }),
      },
    })
    const supervised: Supervised = { child, line: null }
    this.#running.set(name, supervised)
    createInterface({ input: child.stdout }).on('line', (line) => {
      supervised.line = JSON.parse(line)
      this.#stir()
    })
    child.once('exit', (code, signal) => this.#exited(name, code, signal))
  }

  #exited(name: ProcessName, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#ended) return
    try {
      if (signal !== 'SIGKILL') throw new Error(`${name} ended by itself: ${signal ?? code}`)
      this.#options.onDown?.(name, this)
      this.#spawn(name)
    } catch (error) {
      this.#failure ??= error as Error
      this.#stir()
    }
  }

  #hubArgument(): string {
    const { port } = this.#admin
    const options: VerticalCoordinatorOptions = { dataDir: this.#folderMade('hub'), port, kills: this.#kills('hub') }
    return JSON.stringify(options)
  }

  #partyArgument(name: PartyName): string {
    const options: VerticalPartyOptions = {
      url: this.#admin.url,
      name,
      role: ROLES[name],
      folder: this.folderOf(name),
      keyFile: this.keyFileOf(name),
      peers: this.#peers,
      table: name === 'keys' ? null : join(this.folder, `${name}.csv`),
      kills: this.#kills(name),
    }
    return JSON.stringify(options)
  }

  #kills(name: ProcessName) {
    return { traceFile: this.#traceFile(name), rules: this.#options.kills?.[name] ?? [] }
  }

  #traceFile(name: ProcessName): string {
    return join(this.folder, `${name}.trace`)
  }

  #folderMade(name: ProcessName): string {
    mkdirSync(this.folderOf(name), { recursive: true })
    return this.folderOf(name)
  }

  #line<Line>(name: ProcessName): Line | null {
    return (this.#running.get(name)?.line ?? null) as Line | null
  }

  #stir(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Asks again at each line of a process, and now and then; a coordinator that is down just now is asked later. */
  async #until<T>(what: string, read: () => T | null | Promise<T | null>, limitMs = 1_500_000): Promise<T> {
    const until = Date.now() + limitMs
    for (;;) {
      if (this.#failure !== null) throw this.#failure
      const value = await Promise.resolve()
        .then(read)
        .catch(() => null)
      if (value !== null) return value
      if (Date.now() > until) throw new Error(`still waiting for ${what} after ${limitMs / 1000} s`)
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake)
          clearTimeout(timer)
          resolve()
        }
        const timer = setTimeout(wake, 100)
        this.#waiting.add(wake)
      })
    }
  }
}
