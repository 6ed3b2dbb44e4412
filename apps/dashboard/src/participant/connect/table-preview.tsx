import type { CsvDescription } from '@tributary/data'
import { ScrollArea } from '../../widgets/scroll-area.tsx'
import { useParticipantWords } from '../words/words.ts'

const COLUMNS = 12

/** The first rows, so that a person sees that the right file was taken. They stay in the page. */
export function TablePreview({ description: { columns, preview }, label }: { description: CsvDescription; label: string }) {
  const { p } = useParticipantWords()
  const shown = columns.slice(0, COLUMNS)
  return (
    <ScrollArea label={p('preview.caption')}>
      <table className="table">
        <caption className="visually-hidden">{p('preview.caption')}</caption>
        <thead>
          <tr>
            {shown.map(({ name }) => (
              <th key={name} scope="col">
                {name || p('table.unnamed')}
                {name === label ? ` (${p('preview.label')})` : ''}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.map((cells, row) => (
            <tr key={String(row)}>
              {shown.map(({ name, numeric }, place) => (
                <td key={name} data-kind={numeric ? 'number' : undefined}>
                  {cells[place]}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {columns.length > COLUMNS ? <p className="quiet">{p('preview.more', { count: columns.length - COLUMNS })}</p> : null}
    </ScrollArea>
  )
}
