import type { DropItem } from 'react-aria-components'
import type { PlacedFile } from './messages.ts'

/** All files of what was dropped, folders gone through. */
export async function droppedFiles(items: readonly DropItem[], folder = ''): Promise<PlacedFile[]> {
  const files: PlacedFile[] = []
  for (const item of items) {
    if (item.kind === 'file') files.push({ path: folder + item.name, file: await item.getFile() })
    else if (item.kind === 'directory') {
      const entries: DropItem[] = []
      for await (const entry of item.getEntries()) entries.push(entry)
      files.push(...(await droppedFiles(entries, `${folder}${item.name}/`)))
    }
  }
  return files
}

export const chosenFiles = (list: FileList | null): PlacedFile[] =>
  [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }))
