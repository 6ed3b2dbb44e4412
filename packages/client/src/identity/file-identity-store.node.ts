import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { createSha256, TributaryError } from '@tributary/protocol'
import type { z } from 'zod'
import { type Identity, type IdentityStore, identitySchema, matching } from './identity.ts'
import { pendingJoinSchema } from './pending-join.ts'

/** ~/.local/share/tributary, or where XDG_DATA_HOME points. */
export const defaultStateDir = (): string => join(process.env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'tributary')

/**
 * Identities as files of mode 0600, one for each, in `identities/` of the state directory (0700), and joins that were not answered
 * in `joining/`: several processes can share it. A file is written whole or not at all (fsync, rename, fsync of the directory).
 * @throws TributaryError `config_invalid` from `find*` for a file that is not what it should be, or a directory that cannot be read
 */
export function fileIdentityStore(stateDir: string = defaultStateDir()): IdentityStore {
  const folder = join(stateDir, 'identities')
  const fileOf = ({ url, name, participant }: Identity) => join(folder, `${name}-${digest(`${url}\n${participant}`)}.json`)
  const joining = join(stateDir, 'joining')
  const pendingFileOf = (url: string, inviteSha256: string) => join(joining, `${digest(`${url}\n${inviteSha256}`)}.json`)

  return {
    async find(url, name) {
      const files = (await list(folder)).filter((file) => file.endsWith('.json') && file.startsWith(name ?? ''))
      return matching(await Promise.all(files.map((file) => read(identitySchema, join(folder, file)))), url, name)
    },
    save: (identity) => writeDurably(folder, fileOf(identity), identity),
    async remove(identity) {
      await rm(fileOf(identity), { force: true })
    },
    async findPendingJoin(url, inviteSha256) {
      const file = pendingFileOf(url, inviteSha256)
      return (await list(joining)).includes(basename(file)) ? read(pendingJoinSchema, file) : null
    },
    savePendingJoin: (pending) => writeDurably(joining, pendingFileOf(pending.url, pending.inviteSha256), pending),
    async removePendingJoin({ url, inviteSha256 }) {
      await rm(pendingFileOf(url, inviteSha256), { force: true })
    },
  }
}

/** Tells files apart. */
const digest = (text: string): string => createSha256().update(new TextEncoder().encode(text)).hex().slice(0, 16)

async function writeDurably(folder: string, file: string, content: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${file}.${process.pid}.tmp`
  await rm(temporary, { force: true })
  const handle = await open(temporary, 'wx', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  await syncFolder(folder)
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw unusable(folder, error)
  }
}

async function read<T>(schema: z.ZodType<T>, file: string): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    throw unusable(file, error)
  }
}

const unusable = (path: string, cause: unknown) =>
  new TributaryError(
    'config_invalid',
    { setting: 'stateDir', reason: `${path} is nothing that was saved here and can be read (${(cause as Error).message})` },
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
