import { featureNames, type TableSchema } from '@tributary/data'
import { useParticipantWords } from '../words/words.ts'

const MOST_LINES = 8

interface UsedColumnsProps {
  readonly schema: TableSchema
  /** Columns of the file that the schema leaves out, where it was suggested. */
  readonly unused: readonly string[]
}

/** What becomes of the columns. Institutions compare it: weights are averaged place by place, whatever a place means. */
export function UsedColumns({ schema, unused }: UsedColumnsProps) {
  const { p } = useParticipantWords()
  const features = featureNames(schema)
  return (
    <>
      {unused.length === 0 ? null : (
        <p className="quiet">{p('table.unused', { columns: unused.map((name) => name || p('table.unnamed')).join(', ') })}</p>
      )}
      <label className="field">
        <span>{p('table.features', { count: features.length })}</span>
        <textarea className="input" readOnly rows={Math.min(features.length, MOST_LINES)} value={features.join('\n')} />
        <span className="quiet">{p('table.features-why')}</span>
      </label>
    </>
  )
}
