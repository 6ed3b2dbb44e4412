// A coordinator as its own process, which can kill itself at a given point of a given message.
// Argument: JSON of HubProcessOptions. Prints one line of JSON when it listens.
import { startCoordinator } from '../../server.ts'
import { FileBlobs } from '../../storage/file-blobs.ts'
import { PrismaVerticalStore } from '../../storage/prisma-vertical-store.ts'

export type MailKillPoint = 'before-adopt' | 'after-adopt' | 'before-commit' | 'after-commit'

export interface HubProcessOptions {
  dataDir: string
  /** At the message of this number since the start. */
  kill?: { point: MailKillPoint; message: number }
}

const { dataDir, kill } = JSON.parse(process.argv[2] ?? 'null') as HubProcessOptions
const seen = new Map<MailKillPoint, number>()

function pass(point: MailKillPoint): void {
  const count = (seen.get(point) ?? 0) + 1
  seen.set(point, count)
  if (kill?.point === point && kill.message === count) process.kill(process.pid, 'SIGKILL')
}

const { adopt } = FileBlobs.prototype
FileBlobs.prototype.adopt = async function (file, sha256) {
  pass('before-adopt')
  await adopt.call(this, file, sha256)
  pass('after-adopt')
}
const { commit } = PrismaVerticalStore.prototype
PrismaVerticalStore.prototype.commit = async function (step) {
  if (step.mail === undefined) return commit.call(this, step)
  pass('before-commit')
  const result = await commit.call(this, step)
  pass('after-commit')
  return result
}

const running = await startCoordinator({ host: '127.0.0.1', port: 0, dataDir, logLevel: 'warn' })
process.stdout.write(`${JSON.stringify({ url: running.url, adminToken: running.adminToken })}\n`)
