// A coordinator as its own process, which kills itself at what it persists of vertical runs.
// Argument: JSON of VerticalCoordinatorOptions. Prints one line of JSON when it listens. Ends with its input.
import { startCoordinator } from '@tributary/coordinator'
import { FileBlobs } from '../../apps/coordinator/src/storage/file-blobs.ts'
import { PrismaVerticalStore } from '../../apps/coordinator/src/storage/prisma-vertical-store.ts'
import { KillPlan, type KillPlanOptions } from './kill-plan.ts'

export interface VerticalCoordinatorOptions {
  readonly dataDir: string
  readonly port: number
  readonly kills: KillPlanOptions
}

export interface VerticalCoordinatorLine {
  readonly url: string
  readonly port: number
  readonly adminToken: string | null
}

const { dataDir, port, kills } = JSON.parse(process.argv[2] ?? 'null') as VerticalCoordinatorOptions
const plan = new KillPlan(kills)

async function around<T>(what: string, persist: () => Promise<T>): Promise<T> {
  plan.before(what)
  const result = await persist()
  plan.after(what)
  return result
}

const { adopt } = FileBlobs.prototype
FileBlobs.prototype.adopt = function (file, sha256, options) {
  return around(`adopts ${sha256}`, () => adopt.call(this, file, sha256, options))
}
const { commit, holdMail, markRemoved } = PrismaVerticalStore.prototype
PrismaVerticalStore.prototype.commit = function (step) {
  const { mail, once, state, events } = step
  if (state.phase === 'running' && mail === undefined && once === undefined) plan.enter('alignment')
  if (mail?.kind === 'step-key') plan.enter(String(mail.step))
  const what =
    mail !== undefined
      ? `stores ${mail.kind} ${mail.seq} from ${mail.from} to ${mail.to}`
      : once !== undefined
        ? `stores ${once.key}`
        : `stores ${events.map(({ type }) => type).join()}`
  return around(what, () => commit.call(this, step))
}
PrismaVerticalStore.prototype.holdMail = function (run, to, cursor) {
  return around(`holds ${cursor} to ${to}`, () => holdMail.call(this, run, to, cursor))
}
PrismaVerticalStore.prototype.markRemoved = function (mail) {
  return around(`removes ${mail.length}`, () => markRemoved.call(this, mail))
}

process.stdin.resume().on('end', () => process.exit(0))
const running = await startCoordinator({ host: '127.0.0.1', port, dataDir, logLevel: 'error' })
const line: VerticalCoordinatorLine = { url: running.url, port: running.port, adminToken: running.adminToken }
process.stdout.write(`${JSON.stringify(line)}\n`)
