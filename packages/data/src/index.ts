export { type Dataset, takeRows } from './dataset.ts'
export { countClasses, type DatasetDescription, describeDataset, rowsOfClasses } from './description.ts'
export { holdOut } from './hold-out.ts'
export { type IdxData, readIdx } from './idx.ts'
export { applyNormaliser, fitNormaliser, fixedNormaliser, type Normaliser, normaliserSchema } from './normaliser.ts'
export { type PartitionConfig, type Partitioner, partitionConfigSchema } from './partition/config.ts'
export { partition } from './partition/partition.ts'
export { type IdxFile, idxPairDataset, normalisedPixels, type PixelScale, type Pixels, pixelDataset } from './pixels.ts'
export { type Random, seededRandom } from './random.ts'
export { readCsvText } from './table/csv.ts'
export { type ColumnsOptions, type CsvColumns, readCsvColumns } from './table/csv-columns.ts'
export { type ColumnDescription, type CsvDescription, describeCsv, guessDelimiter } from './table/csv-description.ts'
export { readJsonlText } from './table/jsonl.ts'
export {
  type Column,
  columnSchema,
  featureNames,
  parseTableSchema,
  type TableSchema,
  type TableSchemaInput,
  tableSchema,
} from './table/schema.ts'
export { type Suggestion, suggestLabel, suggestSchema } from './table/suggest-schema.ts'
export type { Table } from './table/table-builder.ts'
export type { TextSource } from './table/text-source.ts'
