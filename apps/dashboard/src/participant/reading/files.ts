import type { PlacedFile } from './messages.ts'

/** What a choice of files is. */
export type Choice =
  /** With the schema of the federation, where it lay beside. */
  | { readonly kind: 'table'; readonly csv: PlacedFile; readonly schemaFile: PlacedFile | null }
  | { readonly kind: 'images'; readonly images: readonly PlacedFile[]; readonly classes: readonly string[] }
  | { readonly kind: 'idx'; readonly pair: readonly [PlacedFile, PlacedFile] }
  | { readonly kind: 'unknown'; readonly reason: 'empty' | 'several-tables' | 'no-folders' | 'no-kind' }

const isTable = ({ path }: PlacedFile) => /\.csv(\.gz)?$/i.test(path)
const isSchema = ({ path }: PlacedFile) => /\.json$/i.test(path)
const isImage = ({ path }: PlacedFile) => /\.(png|jpe?g)$/i.test(path)
const isIdx = ({ path }: PlacedFile) => /(\.idx\d?|-ubyte)(\.gz)?$/i.test(path)
/** What systems leave beside people's files. */
const isHidden = ({ path }: PlacedFile) => path.split('/').some((part) => part.startsWith('.') || part === 'Thumbs.db')

export function choiceOf(all: readonly PlacedFile[]): Choice {
  const files = all.filter((file) => !isHidden(file))
  if (files.length === 0) return { kind: 'unknown', reason: 'empty' }
  const tables = files.filter(isTable)
  const [csv] = tables
  if (tables.length > 1) return { kind: 'unknown', reason: 'several-tables' }
  if (csv !== undefined) return { kind: 'table', csv, schemaFile: files.find(isSchema) ?? null }
  const [first, second, third] = files.filter(isIdx)
  if (first !== undefined && second !== undefined && third === undefined) return { kind: 'idx', pair: [first, second] }
  const images = files.filter(isImage).sort((a, b) => (a.path < b.path ? -1 : 1))
  if (images.length === 0) return { kind: 'unknown', reason: 'no-kind' }
  if (images.some(({ path }) => !path.includes('/'))) return { kind: 'unknown', reason: 'no-folders' }
  const classes = [...new Set(images.map(({ path }) => classOf(path)))].sort()
  return { kind: 'images', images, classes }
}

/** The folder that an image lies in. */
export const classOf = (path: string): string => path.split('/').at(-2) ?? ''
