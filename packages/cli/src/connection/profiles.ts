import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** Saved by `tributary login`: a token for each coordinator, and which of them is meant when none is named. */
const profilesSchema = z.strictObject({
  current: z.string().nullable(),
  tokens: z.record(z.string(), z.string().min(1)),
})
export type Profiles = z.infer<typeof profilesSchema>

/** ~/.config/tributary/profiles.json, or where XDG_CONFIG_HOME points. */
export const profilesFile = (): string =>
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'tributary', 'profiles.json')

/** @throws TributaryError `config_invalid` for a file that is not ours */
export async function readProfiles(file: string = profilesFile()): Promise<Profiles> {
  try {
    return profilesSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { current: null, tokens: {} }
    throw new TributaryError('config_invalid', { setting: file, reason: (error as Error).message }, { cause: error })
  }
}

/** Writes the file whole or not at all, readable by its owner only. */
export async function writeProfiles(profiles: Profiles, file: string = profilesFile()): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 })
  await chmod(temporary, 0o600)
  await rename(temporary, file)
}
