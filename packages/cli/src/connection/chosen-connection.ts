import { readFile } from 'node:fs/promises'
import { TributaryError } from '@tributary/protocol'
import type { ConnectionOptions } from './connect.ts'
import type { Profiles } from './profiles.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Which coordinator is meant: the option, TRIBUTARY_URL, or the saved profile in use. Without a path's last slash, as a key.
 * @throws TributaryError `config_invalid` where there is none, or it is no address
 */
export function chooseUrl(options: ConnectionOptions, environment: Environment, profiles: Profiles): string {
  const url = options.url ?? (environment.TRIBUTARY_URL || undefined) ?? profiles.current
  if (url === null)
    throw new TributaryError('config_invalid', {
      setting: 'url',
      reason: 'no coordinator is named: give --url, set TRIBUTARY_URL or run "tributary login"',
    })
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TributaryError('config_invalid', { setting: 'url', reason: `${url} is not an address like https://host:port` })
  const { origin, pathname } = new URL(url)
  return origin + pathname.replace(/\/+$/, '')
}

/**
 * The token for this coordinator: the file, TRIBUTARY_TOKEN, or the one saved for this very address; a saved token never goes
 * to another one.
 * @throws TributaryError `config_invalid` where there is none, `data_unreadable` for a file that cannot be read
 */
export async function chooseToken(
  url: string,
  { tokenFile }: ConnectionOptions,
  environment: Environment,
  profiles: Profiles,
): Promise<string> {
  if (tokenFile !== undefined) return tokenOfFile(tokenFile)
  const token = environment.TRIBUTARY_TOKEN?.trim() || profiles.tokens[url]
  if (token === undefined)
    throw new TributaryError('config_invalid', {
      setting: 'token',
      reason: `there is none for ${url}: run "tributary login", set TRIBUTARY_TOKEN or give --token-file`,
    })
  return token
}

export async function tokenOfFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new TributaryError('data_unreadable', { file, reason: (error as Error).message }, { cause: error })
  }
}
