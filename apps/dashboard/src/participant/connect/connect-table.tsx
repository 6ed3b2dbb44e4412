import { useQuery } from '@tanstack/react-query'
import { type CsvDescription, parseTableSchema, suggestLabel, suggestSchema, type TableSchema } from '@tributary/data'
import { TributaryError } from '@tributary/protocol'
import { useMemo, useState } from 'react'
import { formatCount } from '../../format/numbers.ts'
import { freshKey } from '../../widgets/fresh-key.ts'
import { Loaded } from '../../widgets/waiting.tsx'
import type { PlacedFile } from '../reading/messages.ts'
import { ask } from '../reading/reader.ts'
import { useParticipantWords } from '../words/words.ts'
import type { ConnectedData } from './connected-data.ts'
import { ReadAndGo } from './read-and-go.tsx'
import { TablePreview } from './table-preview.tsx'
import { UsedColumns } from './used-columns.tsx'

interface ConnectTableProps {
  readonly csv: PlacedFile
  readonly schemaFile: PlacedFile | null
  readonly onConnected: (data: ConnectedData) => void
}

export function ConnectTable({ csv, schemaFile, onConnected }: ConnectTableProps) {
  const [opened] = useState(freshKey)
  const description = useQuery({
    queryKey: ['described', opened],
    queryFn: async ({ signal }) => ({
      description: await ask({ do: 'describe', csv }, signal),
      schema: schemaFile === null ? null : parseTableSchema(await jsonOf(schemaFile)),
    }),
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })
  return (
    <Loaded query={description}>
      {(read) => <TableForm csv={csv} description={read.description} given={read.schema} onConnected={onConnected} />}
    </Loaded>
  )
}

async function jsonOf({ path, file }: PlacedFile): Promise<unknown> {
  try {
    return JSON.parse(await file.text())
  } catch (cause) {
    throw new TributaryError('data_unreadable', { file: path, reason: 'it is no JSON' }, { cause })
  }
}

interface TableFormProps {
  readonly csv: PlacedFile
  readonly description: CsvDescription
  /** The federation's schema, where it lay beside. */
  readonly given: TableSchema | null
  readonly onConnected: (data: ConnectedData) => void
}

/** What a CSV seems to be, for a person to confirm before it is read. */
export function TableForm({ csv, description, given, onConnected }: TableFormProps) {
  const { p, language } = useParticipantWords()
  const [label, setLabel] = useState(() => suggestLabel(description) ?? description.columns[0]?.name ?? '')
  const [classes, setClasses] = useState<string | null>(null)
  const suggestion = useMemo(() => suggestSchema(description, label), [description, label])
  const suggested = suggestion?.schema.label?.type === 'category' ? suggestion.schema.label.categories : null
  const schema = given ?? (suggestion === null ? null : withClasses(suggestion.schema, classes))
  return (
    <section className="stack">
      <h3>{csv.path}</h3>
      <p>
        {p('table.size', {
          rows: formatCount(description.rows, language),
          columns: formatCount(description.columns.length, language),
        })}
      </p>
      <TablePreview description={description} label={given?.label?.name ?? label} />
      {given === null ? (
        <>
          <label className="field">
            <span>{p('table.label')}</span>
            <select
              className="input"
              value={label}
              onChange={(event) => {
                setLabel(event.target.value)
                setClasses(null)
              }}
            >
              {description.columns.map(({ name }) => (
                <option key={name} value={name}>
                  {name || p('table.unnamed')}
                </option>
              ))}
            </select>
          </label>
          {suggested === null ? null : (
            <label className="field">
              <span>{p('table.classes')}</span>
              <input
                className="input"
                value={classes ?? suggested.join(', ')}
                onChange={(event) => setClasses(event.target.value)}
              />
              <span className="quiet">{p('table.classes-why')}</span>
            </label>
          )}
          {suggestion === null ? (
            <p className="notice" data-kind="bad" role="alert">
              {p('table.nothing', { label: label || p('table.unnamed') })}
            </p>
          ) : null}
        </>
      ) : (
        <p>{p('table.schema-given')}</p>
      )}
      {schema === null ? null : (
        <>
          <UsedColumns schema={schema} unused={given === null && suggestion !== null ? suggestion.unused : []} />
          <ReadAndGo recipe={{ kind: 'table', csv, schema }} onConnected={onConnected} />
        </>
      )}
    </section>
  )
}

function withClasses(schema: TableSchema, text: string | null): TableSchema {
  if (text === null || schema.label?.type !== 'category') return schema
  return { ...schema, label: { ...schema.label, categories: listOf(text) } }
}

export const listOf = (text: string): string[] =>
  text
    .split(/[,，]/)
    .map((name) => name.trim())
    .filter((name) => name !== '')
