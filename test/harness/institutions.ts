import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { CoordinatorApi } from '@tributary/client'
import type { RunningCoordinator } from '@tributary/coordinator'
import type { Run, RunConfigInput, RunEventType, RunPhase } from '@tributary/protocol'
import type { InstitutionCommand, InstitutionEvent, InstitutionOptions } from '../processes/institution.ts'
import { type Hub, openHub } from './open-hub.ts'
import { type EventData, eventsOf, reached } from './runs.ts'
import { eventually } from './small-federation.ts'

const program = fileURLToPath(new URL('../processes/institution.ts', import.meta.url))
const PATIENCE_MS = 30_000

/** An event as it left the process: its errors are bodies. */
type Printed<Type extends InstitutionEvent['type']> = Extract<InstitutionEvent, { type: Type }>

/** A real process that trains. */
export class Institution {
  readonly name: string
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
  readonly #events: InstitutionEvent[] = []
  readonly #taken = new Map<string, number>()

  constructor(options: InstitutionOptions, invite: string | null) {
    this.name = options.name
    const { TRIBUTARY_INVITE: _, ...env } = process.env
    this.child = spawn(process.execPath, [program, JSON.stringify(options)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...env, TRIBUTARY_BACKEND: 'wasm', ...(invite === null ? {} : { TRIBUTARY_INVITE: invite }) },
    })
    this.ended = once(this.child, 'exit')
    if (this.child.stdout !== null)
      createInterface({ input: this.child.stdout }).on('line', (line) => this.#events.push(JSON.parse(line) as InstitutionEvent))
  }

  /** The next event of this type that was not taken yet. */
  async next<Type extends InstitutionEvent['type']>(type: Type): Promise<Printed<Type>> {
    const index = this.#taken.get(type) ?? 0
    this.#taken.set(type, index + 1)
    const found = () => this.#events.filter((event): event is Printed<Type> => event.type === type)[index]
    return eventually(`${type} of ${this.name}`, async () => found() ?? null, PATIENCE_MS)
  }

  tell(command: InstitutionCommand): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

/** A coordinator, and federations of institution processes on it. */
export class World {
  readonly coordinator: RunningCoordinator
  readonly admin: CoordinatorApi
  readonly #hub: Hub
  readonly #institutions = new Set<Institution>()

  static async open(): Promise<World> {
    return new World(await openHub({ logLevel: 'error' }))
  }

  private constructor(hub: Hub) {
    this.coordinator = hub.coordinator
    this.#hub = hub
    this.admin = hub.admin
  }

  stateDir(federation: string): string {
    return `${this.#hub.folder}/${federation}`
  }

  async federation(name: string): Promise<string> {
    return (await this.admin.createFederation(name)).id
  }

  /** Joins by an invite; resolves when the institution can be asked. */
  async join(federation: string, name: string, client: number, rows: number): Promise<Institution> {
    const { code } = await this.admin.createInvite(federation, { name })
    return this.#start({ url: this.coordinator.url, name, stateDir: this.stateDir(federation), client, rows }, code)
  }

  /** Starts a stopped institution again on its state folder, without an invite. */
  comeBack(federation: string, name: string, client: number, rows: number): Promise<Institution> {
    return this.#start({ url: this.coordinator.url, name, stateDir: this.stateDir(federation), client, rows }, null)
  }

  async #start(options: InstitutionOptions, invite: string | null): Promise<Institution> {
    const institution = new Institution(options, invite)
    this.#institutions.add(institution)
    const gone = institution.ended.then(() => {
      throw new Error(`${options.name} ended before it was connected`)
    })
    await Promise.race([institution.next('connected'), gone])
    return institution
  }

  async run(federation: string, config: RunConfigInput): Promise<string> {
    return (await this.admin.createRun(federation, { name: 'run', config })).id
  }

  /** All events of one type so far. */
  log<Type extends RunEventType>(run: string, type: Type): Promise<EventData[Type][]> {
    return eventsOf(this.admin, run, type)
  }

  /** Waits for the nth event of one type. */
  logged<Type extends RunEventType>(run: string, type: Type, nth = 1): Promise<EventData[Type]> {
    const read = async (): Promise<EventData[Type] | null> => (await this.log(run, type))[nth - 1] ?? null
    return eventually<EventData[Type]>(`${type} #${nth}`, read, PATIENCE_MS)
  }

  /** Waits until the run is in this phase. */
  reached(run: string, phase: RunPhase): Promise<Run> {
    return reached(this.admin, run, phase, PATIENCE_MS)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#institutions].map((institution) => institution.kill()))
    await this.#hub.close()
  }
}

export const names = (members: readonly { name: string }[]): string[] => members.map(({ name }) => name)
