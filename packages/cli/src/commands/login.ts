import { type Command, Option } from 'commander'
import type { ConnectionOptions } from '../connection/connect.ts'
import { withConnection } from './connection-options.ts'
import { defineAction, defineCommand, type Surroundings } from './define.ts'

interface LoginOptions extends ConnectionOptions {
  readonly invite?: 'admin' | 'researcher'
  readonly name?: string
}

export function defineLoginCommands(program: Command, surroundings: Surroundings): void {
  const login = defineCommand(program, {
    name: 'login',
    description:
      'save address and token for the other commands, in a file that only you can read; the token is asked for, or made out of an ' +
      'invite for an admin or a researcher',
    examples: [
      'tributary login --url http://127.0.0.1:7420',
      'tributary login --url https://fl.example.org < token.txt',
      'tributary login --url https://fl.example.org --token-file token.txt --json',
      'TRIBUTARY_INVITE=… tributary login --url https://fl.example.org --invite researcher --name ada',
    ],
  })
    .addOption(
      new Option(
        '--invite <role>',
        'redeem an invite for this role; asks for its code (or TRIBUTARY_INVITE) instead of a token',
      ).choices(['admin', 'researcher']),
    )
    .option('--name <name>', 'with --invite: your name in the federation')
  defineAction<LoginOptions>(withConnection(login), surroundings, async ({ options, printer }) => {
    const { readProfiles, writeProfiles, profilesFile } = await import('../connection/profiles.ts')
    const { chooseUrl, tokenOfFile } = await import('../connection/chosen-connection.ts')
    const { readSecret } = await import('../connection/secret-input.ts')
    const { CoordinatorApi } = await import('@tributary/client')
    const profiles = await readProfiles()
    const url = chooseUrl(options, process.env, profiles)
    const givenToken = async () =>
      (options.tokenFile === undefined ? process.env.TRIBUTARY_TOKEN?.trim() : await tokenOfFile(options.tokenFile)) ||
      readSecret(`Token for ${url}: `)
    const { redeemInvite } = await import('../connection/redeem-invite.ts')
    const signIn = async (token: string) => ({ ...(await new CoordinatorApi({ url, token }).me()), token })
    const { token, ...me } =
      options.invite === undefined ? await signIn(await givenToken()) : await redeemInvite(url, options.invite, options.name)
    await writeProfiles({ current: url, tokens: { ...profiles.tokens, [url]: token } })
    printer.result({ url, account: me.account, name: me.name, role: me.role, profile: profilesFile() }, [
      `Signed in at ${url} as ${me.name} (${me.role}); saved in ${profilesFile()}.`,
    ])
    return undefined
  })

  const logout = defineCommand(program, {
    name: 'logout',
    description: 'forget the token saved for a coordinator',
    examples: ['tributary logout', 'tributary logout --url https://fl.example.org'],
  })
  logout.option('--url <url>', 'address of the coordinator (default: the profile in use)')
  defineAction<ConnectionOptions>(logout, surroundings, async ({ options, printer }) => {
    const { readProfiles, writeProfiles } = await import('../connection/profiles.ts')
    const { chooseUrl } = await import('../connection/chosen-connection.ts')
    const profiles = await readProfiles()
    const url = chooseUrl(options, process.env, profiles)
    const tokens = Object.fromEntries(Object.entries(profiles.tokens).filter(([saved]) => saved !== url))
    await writeProfiles({ current: profiles.current === url ? null : profiles.current, tokens })
    printer.result({ url, forgotten: url in profiles.tokens }, [`Nothing is saved for ${url} any more.`])
    return undefined
  })
}
