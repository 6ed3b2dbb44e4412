import type { User } from '@tributary/protocol'
import { type Command, Option } from 'commander'
import { type ConnectionOptions, connect } from '../connection/connect.ts'
import { formatTable } from '../output/table.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, defineGroup, type Surroundings } from './define.ts'

interface CreateOptions extends ConnectionOptions {
  readonly role: 'admin' | 'researcher' | 'institution'
  readonly federation?: string
  readonly wholeCoordinator?: true
  readonly participant?: string
  readonly ssoEmail?: string
  readonly ssoSubject?: string
  readonly ssoProvider: string
}

/** People who sign in to the dashboard. */
export function defineUserCommands(program: Command, surroundings: Surroundings): void {
  const group = defineGroup(program, {
    name: 'user',
    description: 'create, list and disable accounts of people, and reset their passwords',
    examples: ['tributary user create li.wei --role researcher', 'tributary user list'],
  })
  defineCreate(group, surroundings)

  const list = defineCommand(group, {
    name: 'list',
    description: 'list people, of your federation or of the whole coordinator',
    examples: ['tributary user list', 'tributary user list --json'],
  })
  defineAction<ConnectionOptions>(withConnection(list), surroundings, async ({ options, printer }) => {
    const users = await (await connectToPeople(options)).people.users()
    const columns = ['name', 'role', 'federation', 'state', 'last sign-in', 'locked until', 'id'].map((title) => ({ title }))
    printer.result(users, formatTable(columns, users.map(rowOf)))
    return undefined
  })

  const change = (name: string, description: string, state: { disabled: boolean } | null): void => {
    const command = defineCommand(group, { name, description, examples: [`tributary user ${name} li.wei`] })
    withConnection(command).argument('<user>', 'name or id')
    defineAction<ConnectionOptions>(command, surroundings, async ({ args: [wanted = ''], options, printer }) => {
      const { people } = await connectToPeople(options)
      const { findUser } = await import('../people/find-user.ts')
      const { account } = findUser(await people.users(), wanted)
      const user = await people.changeUser(account, state ?? { resetPassword: true })
      const password = user.password === null ? [] : passwordLines(user.password)
      printer.result(user, [`The account ${user.name} is ${user.state}; its sessions have ended.`, ...password])
      return undefined
    })
  }
  change('disable', 'disable an account: its sessions end and its tokens open nothing', { disabled: true })
  change('enable', 'enable a disabled account', { disabled: false })
  change('reset-password', 'give an account a fresh password, shown this once; also ends a lock', null)
}

function defineCreate(group: Command, surroundings: Surroundings): void {
  const create = defineCommand(group, {
    name: 'create',
    description: 'create an account; its first password is shown this once, and changed at the first sign-in',
    examples: [
      'tributary user create li.wei --role researcher --federation hospitals',
      'tributary user create north-nurse --role institution --participant north-hospital',
      'tributary user create ada --role admin --whole-coordinator',
      'tributary user create bob --role researcher --sso-email bob@example.org',
    ],
  })
  withConnection(create)
    .argument('<name>', 'what the person signs in with')
    .addOption(
      new Option('--role <role>', 'what the person is').choices(['admin', 'researcher', 'institution']).makeOptionMandatory(),
    )
    .option('--federation <federation>', 'id or name; not needed while there is only one')
    .option('--whole-coordinator', 'an admin of all federations')
    .option('--participant <participant>', 'id or name of the participant that an institution’s person belongs to')
    .option('--sso-email <address>', 'no password: admitted by single sign-on with this verified address')
    .option('--sso-subject <subject>', 'no password: admitted by single sign-on with this subject')
    .option('--sso-provider <id>', 'which provider', 'oidc')
  defineAction<CreateOptions>(create, surroundings, async ({ args: [name = ''], options, printer }) => {
    const { api, people } = await connectToPeople(options)
    const { chooseFederation } = await import('../connection/federation-choice.ts')
    const { findParticipant } = await import('../people/find-user.ts')
    const federation = options.wholeCoordinator ? null : (await chooseFederation(api, options.federation)).id
    const { ssoEmail: email = null, ssoSubject: subject = null, ssoProvider: provider } = options
    const singleSignOn = email === null && subject === null ? null : { provider, email, subject }
    const participant =
      options.participant === undefined || federation === null
        ? null
        : findParticipant(await api.participants(federation), options.participant).id
    const user = await people.createUser({
      name,
      role: options.role,
      federation,
      participant,
      singleSignOn,
      ...(singleSignOn === null ? {} : { password: null }),
    })
    printer.result(user, [
      `The account ${user.name} (${user.account}) is there, as ${user.role}.`,
      ...(user.password === null ? ['It signs in by single sign-on.'] : passwordLines(user.password)),
    ])
    return undefined
  })
}

const passwordLines = (password: string): string[] => [
  'Its password, shown only now; give it to the person by a safe way:',
  password,
  'It is to be changed at the first sign-in.',
]

const rowOf = ({ name, role, federation, state, lastSignInAt, lockedUntil, account }: User): string[] => [
  name,
  role,
  federation ?? '(all)',
  state,
  lastSignInAt ?? 'never',
  lockedUntil ?? '',
  account,
]

async function connectToPeople(options: ConnectionOptions) {
  const { PeopleApi } = await import('@tributary/client')
  const api = await connect(options)
  return { api, people: new PeopleApi(api) }
}
