import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createSha256, TributaryError } from '@tributary/protocol'
import { type Identity, type IdentityStore, identitySchema, matching } from './identity.ts'

/** ~/.local/share/tributary, or where XDG_DATA_HOME points. */
export const defaultStateDir = (): string => join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tributary')

/**
 * Identities as files of mode 0600, one for each, in `identities/` of the state directory (0700): several processes can share
 * it. A file is written whole or not at all (fsync, rename, fsync of the directory).
 * @throws TributaryError `config_invalid` from `find` for a file that is not an identity, or a directory that cannot be read
 */
export function fileIdentityStore(stateDir: string = defaultStateDir()): IdentityStore {
  const folder = join(stateDir, 'identities')
  const fileOf = ({ url, name, participant }: Identity) =>
    join(
      folder,
      `${name}-${createSha256()
        .update(new TextEncoder().encode(`${url}\n${participant}`))
        .hex()
        .slice(0, 16)}.json`,
    )

  return {
    async find(url, name) {
      const files = (await list(folder)).filter((file) => file.endsWith('.json') && file.startsWith(name ?? ''))
      return matching(await Promise.all(files.map((file) => read(join(folder, file)))), url, name)
    },
    async save(identity) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const file = fileOf(identity)
      const temporary = `${file}.${process.pid}.tmp`
      await rm(temporary, { force: true })
      const handle = await open(temporary, 'wx', 0o600)
      try {
        await handle.writeFile(`${JSON.stringify(identity, null, 2)}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(temporary, file)
      await syncFolder(folder)
    },
    async remove(identity) {
      await rm(fileOf(identity), { force: true })
    },
  }
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unusable(folder, error)
  }
}

async function read(file: string): Promise<Identity> {
  try {
    return identitySchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw unusable(file, error)
  }
}

const unusable = (path: string, cause: unknown) =>
  new TributaryError(
    'config_invalid',
    { setting: 'stateDir', reason: `${path} is not a saved identity that can be read (${(cause as Error).message})` },
    { cause },
  )

/** A renamed file is durable once its directory is. Windows cannot open a directory and does not need it. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
