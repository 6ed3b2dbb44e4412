import { useState } from 'react'
import { ScrollArea } from '../widgets/scroll-area.tsx'
import { useWords } from '../words/words.ts'

const PAGE = 25

interface PagedTableProps {
  readonly caption: string
  readonly head: readonly string[]
  readonly count: number
  readonly row: (index: number) => readonly string[]
}

/** A chart's values, 25 rows a page. */
export function PagedTable({ caption, head, count, row }: PagedTableProps) {
  const { w } = useWords()
  const [page, setPage] = useState(0)
  const pages = Math.max(1, Math.ceil(count / PAGE))
  const shown = Math.min(page, pages - 1)
  const rows = Array.from({ length: Math.min(PAGE, count - shown * PAGE) }, (_, offset) => shown * PAGE + offset)
  return (
    <>
      <ScrollArea label={caption}>
        <table className="table">
          <caption className="visually-hidden">{caption}</caption>
          <thead>
            <tr>
              {head.map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((index) => {
              const [first = '', ...rest] = row(index)
              return (
                <tr key={index}>
                  <th scope="row">{first}</th>
                  {rest.map((text, column) => (
                    <td key={head[column + 1] ?? column}>{text}</td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollArea>
      {pages > 1 ? (
        <div className="row">
          <button type="button" className="button" disabled={shown === 0} onClick={() => setPage(shown - 1)}>
            {w('page.before')}
          </button>
          <span>{w('page.of', { page: shown + 1, pages })}</span>
          <button type="button" className="button" disabled={shown === pages - 1} onClick={() => setPage(shown + 1)}>
            {w('page.next')}
          </button>
        </div>
      ) : null}
    </>
  )
}
