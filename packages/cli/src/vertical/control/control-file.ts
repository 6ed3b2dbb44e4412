import { randomBytes } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TributaryError } from '@tributary/protocol'
import { z } from 'zod'

/** How other commands of the same user reach the process that holds a state folder: who can read this file may. */
const controlFileSchema = z.strictObject({ url: z.url(), token: z.string().min(32), pid: z.int() })
export type ControlFile = z.infer<typeof controlFileSchema>

const fileIn = (folder: string): string => join(folder, 'control.json')

export const freshControlToken = (): string => randomBytes(32).toString('base64url')

/** Readable by the owner alone, whole or not at all. */
export async function writeControlFile(folder: string, control: ControlFile): Promise<void> {
  const temporary = `${fileIn(folder)}.tmp`
  await rm(temporary, { force: true })
  await writeFile(temporary, JSON.stringify(control), { mode: 0o600, flag: 'wx' })
  await rename(temporary, fileIn(folder))
}

export const removeControlFile = (folder: string): Promise<void> => rm(fileIn(folder), { force: true })

/** @returns null when there is none: no process holds the folder, or none ever did */
export async function readControlFile(folder: string): Promise<ControlFile | null> {
  let text: string
  try {
    text = await readFile(fileIn(folder), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new TributaryError('data_unreadable', { file: fileIn(folder), reason: (error as Error).message }, { cause: error })
  }
  try {
    return controlFileSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new TributaryError('data_unreadable', { file: fileIn(folder), reason: 'it is damaged' }, { cause: error })
  }
}
