import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Younger files may be what another coordinator on the same folder is at work with. */
const SURELY_OLD_MS = 3_600_000

/** Whether nothing was written to it for so long; a file that is gone is no old one. */
export async function isOlder(file: string, thanMs: number = SURELY_OLD_MS): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > thanMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** Removes files whose names begin so and that nothing was written to for so long. */
export async function removeOlder(folder: string, prefix: string, thanMs: number = SURELY_OLD_MS): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = join(folder, name)
    if (name.startsWith(prefix) && (await isOlder(file, thanMs))) await rm(file, { force: true })
  }
}
