import type { CsvDescription, Dataset, PixelScale, TableSchema } from '@tributary/data'
import type { ErrorBody } from '@tributary/protocol'

/** A file and where it lay, like "elm/leaf-3.png". */
export interface PlacedFile {
  readonly path: string
  readonly file: File
}

/** How a participant's files are to be read. */
export type Recipe =
  | { readonly kind: 'table'; readonly csv: PlacedFile; readonly schema: TableSchema }
  | { readonly kind: 'images'; readonly images: readonly PlacedFile[]; readonly form: ImageForm }
  | { readonly kind: 'idx'; readonly pair: readonly [PlacedFile, PlacedFile]; readonly form: ImageForm }

export interface ImageForm extends PixelScale {
  /** Images of folders are drawn to this size; IDX files have their own. */
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  /** Names of the classes in the order that all participants use; a folder is named as its class. */
  readonly classes: readonly string[]
}

export type ReadingAsk = { readonly do: 'describe'; readonly csv: PlacedFile } | { readonly do: 'read'; readonly recipe: Recipe }

export interface ReadingAnswers {
  describe: CsvDescription
  read: Dataset
}

export type ReadingAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: ErrorBody }
