import type { ReactNode } from 'react'
import { ScrollArea } from './scroll-area.tsx'

interface ListingProps {
  /** What is listed. */
  readonly label: string
  /** Titles of the columns; those of numbers stand to the right. */
  readonly columns: readonly (string | { readonly number: string })[]
  /** The rows. */
  readonly children: ReactNode
}

/** A table with a head, which scrolls in itself where it is wider than the page. */
export function Listing({ label, columns, children }: ListingProps) {
  return (
    <ScrollArea label={label}>
      <table className="table">
        <thead>
          <tr>
            {columns.map((column, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one title, and columns never move
              <th key={place} scope="col" data-kind={typeof column === 'string' ? undefined : 'number'}>
                {typeof column === 'string' ? column : column.number}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollArea>
  )
}
