import { ScrollArea } from '../../../widgets/scroll-area.tsx'
import { useWords } from '../../../words/words.ts'
import styles from './sight-table.module.css'
import { type SightRow, type Verdict, viewers } from './who-sees-what.ts'

const marks: Record<Verdict, string> = { no: '✕', yes: '●', pseudonym: '◐', sum: 'Σ', masked: '▒', encrypted: '■', absent: '–' }

/** Rows: what there is to see. Columns: who might. Each cell with the mechanism that makes it true. */
export function SightTable({ rows }: { rows: readonly SightRow[] }) {
  const { w } = useWords()
  return (
    <ScrollArea label={w('privacy.title')}>
      <table className={`table ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col">{w('privacy.what')}</th>
            {viewers.map((viewer) => (
              <th key={viewer} scope="col">
                {w(`viewer.${viewer}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ what, cells }) => (
            <tr key={what}>
              <th scope="row">{w(what)}</th>
              {viewers.map((viewer) => {
                const { verdict, why } = cells[viewer]
                return (
                  <td key={viewer} data-verdict={verdict}>
                    <strong>
                      <span aria-hidden="true">{marks[verdict]}</span> {w(`verdict.${verdict}`)}
                    </strong>
                    <br />
                    <small>{w(why)}</small>
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  )
}
