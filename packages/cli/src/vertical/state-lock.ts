import type { StateLock } from '@tributary/party'
import { TributaryError } from '@tributary/protocol'

/**
 * What locks a state folder: the key file, else TRIBUTARY_PASSPHRASE. A passphrase never comes by an argument.
 * @throws TributaryError `config_invalid` when there is neither
 */
export function stateLock(keyFile: string | undefined, environment: Readonly<Record<string, string | undefined>>): StateLock {
  if (keyFile !== undefined) return { keyFile }
  const passphrase = environment.TRIBUTARY_PASSPHRASE
  if (passphrase) return { passphrase }
  throw new TributaryError('config_invalid', {
    setting: 'keyFile',
    reason: 'the state folder is encrypted: give --key-file FILE or set TRIBUTARY_PASSPHRASE',
  })
}
