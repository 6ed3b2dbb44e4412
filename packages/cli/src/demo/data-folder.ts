import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** "2026-01-31T10-15-00-4711": the time and the process that uses it. */
const folderPattern = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-(\d+)$/

/** A fresh folder for one demo below `parent`; those of demos that ended are removed, others are left alone. */
export async function freshDemoFolder(parent: string, now: Date = new Date(), pid: number = process.pid): Promise<string> {
  await mkdir(parent, { recursive: true })
  for (const name of await readdir(parent)) {
    const [, owner] = folderPattern.exec(name) ?? []
    if (owner !== undefined && (Number(owner) === pid || !isRunning(Number(owner))))
      await rm(join(parent, name), { recursive: true, force: true })
  }
  const folder = join(parent, `${now.toISOString().slice(0, 19).replaceAll(':', '-')}-${pid}`)
  await mkdir(folder, { recursive: true })
  // A folder of data never belongs into a repository.
  await writeFile(join(parent, '.gitignore'), '*\n')
  return folder
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
