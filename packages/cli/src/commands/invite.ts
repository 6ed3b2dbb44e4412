import { type Command, Option } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { formatTable } from '../output/table.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'
import { integer } from './values.ts'

interface InFederation extends ConnectionOptions {
  readonly federation?: string
}
interface CreateOptions extends InFederation {
  readonly role: 'admin' | 'researcher' | 'institution'
  readonly name?: string
  readonly expiresHours: number
}

const inFederation = (command: Command): Command =>
  withConnection(command).option('--federation <federation>', 'id or name; not needed while there is only one')

export function defineInviteCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'invite',
    description: 'create, list and revoke invites',
    examples: ['tributary invite create --name north-hospital', 'tributary invite list'],
  })

  const create = defineCommand(group, {
    name: 'create',
    description: 'create an invite; its code is shown this once and admits one participant',
    examples: [
      'tributary invite create --federation hospitals --name north-hospital',
      'tributary invite create --role researcher --expires-hours 24 --json',
    ],
  })
  inFederation(create)
    .addOption(
      new Option('--role <role>', 'what it admits to').choices(['admin', 'researcher', 'institution']).default('institution'),
    )
    .option('--name <name>', 'only this name may join by it')
    .option('--expires-hours <hours>', 'until when it can be used', integer(1, 90 * 24), 7 * 24)
  defineAction<CreateOptions>(create, surroundings, async ({ options, printer }) => {
    const api = await connect(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const federation = await chooseFederation(api, options.federation)
    const invite = await api.createInvite(federation.id, {
      role: options.role,
      name: options.name ?? null,
      expiresInSeconds: options.expiresHours * 3600,
    })
    const name = invite.name ?? 'NAME'
    const command =
      invite.role === 'institution'
        ? `They join with: tributary join --url ${api.address.href} --name ${name} --invite --data FILE --schema FILE`
        : `They sign in with: tributary login --url ${api.address.href} --invite ${invite.role} --name ${name}`
    printer.result(invite, [
      `Invite ${invite.id} to ${federation.name} for ${invite.name ?? `any ${invite.role}`}, until ${invite.expiresAt}.`,
      'Its code, shown only now; give it to the participant by a safe way:',
      invite.code,
      '',
      command,
    ])
    return undefined
  })

  const list = defineCommand(group, {
    name: 'list',
    description: 'list invites and what became of them',
    examples: ['tributary invite list', 'tributary invite list --federation hospitals --json'],
  })
  defineAction<InFederation>(inFederation(list), surroundings, async ({ options, printer }) => {
    const api = await connect(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const invites = await api.invites((await chooseFederation(api, options.federation)).id)
    const columns = [{ title: 'id' }, { title: 'role' }, { title: 'name' }, { title: 'state' }, { title: 'expires' }]
    const rows = invites.map(({ id, role, name, state, expiresAt }) => [id, role, name ?? '(any)', state, expiresAt])
    printer.result(invites, formatTable(columns, rows))
    return undefined
  })

  const revoke = defineCommand(group, {
    name: 'revoke',
    description: 'revoke an invite that was not used',
    examples: ['tributary invite revoke inv_0123456789'],
  })
  withConnection(revoke).argument('<invite>', 'its id')
  defineAction<ConnectionOptions>(revoke, surroundings, async ({ args: [invite = ''], options, printer }) => {
    await (await connect(options)).revokeInvite(invite)
    printer.result({ id: invite, state: 'revoked' }, [`The invite ${invite} is revoked.`])
    return undefined
  })
}
