import { join } from 'node:path'
import { defaultStateDir } from '@tributary/client'
import { TributaryError } from '@tributary/protocol'

/** One folder for each party: two identities on one machine never share a file. */
export const partyFolder = (name: string, stateDir: string | undefined): string =>
  stateDir ?? join(defaultStateDir(), 'parties', name)

/** @throws TributaryError `config_invalid` when neither is given */
export function chosenPartyFolder({ name, stateDir }: { readonly name?: string; readonly stateDir?: string }): string {
  if (name === undefined && stateDir === undefined)
    throw new TributaryError('config_invalid', { setting: 'stateDir', reason: 'say whose: --name NAME or --state-dir FOLDER' })
  return partyFolder(name ?? '', stateDir)
}

export const outcomeFile = (folder: string, run: string): string => join(folder, 'outcomes', `${run}.json`)
