import type { Command } from 'commander'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'
import { type StateLockOptions, withStateLock } from './vertical-options.ts'

/** Where a log comes from. */
export interface AuditSource {
  readonly log?: string
  readonly keyService?: string
  readonly tokenFile?: string
  readonly run?: string
}
export interface AuditVerifyOptions extends AuditSource, StateLockOptions {
  readonly stateDir?: string
  readonly name?: string
}

const withSource = (command: Command): Command =>
  command
    .option('--log <file>', 'the log as "tributary audit show --json" printed it')
    .option('--key-service <url>', 'ask the key service for it; needs --run and the auditor token')
    .option('--run <run>', 'id of the run, with --key-service')
    .option('--token-file <file>', 'file that holds the auditor token (or TRIBUTARY_AUDITOR_TOKEN)')

export function defineAuditCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'audit',
    description: "read and verify a key service's log: what it opened for whom",
    examples: [
      'TRIBUTARY_AUDITOR_TOKEN=… tributary audit show --key-service http://127.0.0.1:7421 --run run_0123456789',
      'tributary audit verify --name bank-a --key-file key --log log.json',
    ],
  })

  const verify = defineCommand(group, {
    name: 'verify',
    description:
      'verify a log against what this party knows: chain and signatures, own receipts and requests, quotas, and every head that ' +
      'anybody showed it. Works while "tributary join" runs, and without it; exit code 1 when the log is broken or forked',
    examples: [
      'TRIBUTARY_AUDITOR_TOKEN=… tributary audit verify --name bank-a --key-file key --key-service http://keys.example:7421 --run run_0123456789',
      'tributary audit verify --state-dir /srv/bank-a --key-file key --log log.json --json',
    ],
  })
  withStateLock(withSource(verify))
    .option('--name <name>', "this party's name, when its folder is the default one")
    .option('--state-dir <folder>', 'its state folder')
  defineAction<AuditVerifyOptions>(verify, surroundings, async ({ options, printer }) => {
    const { verifyAudit } = await import('../vertical/audit.ts')
    await verifyAudit(options, printer)
    return undefined
  })

  const show = defineCommand(group, {
    name: 'show',
    description: 'show a log; with --json whole, in the form that "audit verify --log" reads',
    examples: [
      'tributary audit show --log log.json',
      'TRIBUTARY_AUDITOR_TOKEN=… tributary audit show --key-service http://keys.example:7421 --run run_0123456789 --json > log.json',
    ],
  })
  defineAction<AuditSource>(withSource(show), surroundings, async ({ options, printer }) => {
    const { showAudit } = await import('../vertical/audit.ts')
    await showAudit(options, printer)
    return undefined
  })
}
