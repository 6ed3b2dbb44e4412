import { adminAuditPageSchema, routes } from '@tributary/protocol'
import { useState } from 'react'
import { useAsked } from '../../api/queries.ts'
import { NONE } from '../../format/numbers.ts'
import { Listing } from '../../widgets/listing.tsx'
import { Loaded } from '../../widgets/waiting.tsx'
import { When } from '../../widgets/when.tsx'
import { useWords } from '../../words/words.ts'

const PAGE = 50

/** Who did or tried what, the newest first. */
export function Audit() {
  const { w } = useWords()
  const [before, setBefore] = useState<number | undefined>(undefined)
  const page = useAsked(adminAuditPageSchema, { path: routes.audit, query: { before, limit: PAGE } })
  return (
    <section className="card stack" aria-labelledby="audit-log">
      <h2 id="audit-log">{w('audit-log.title')}</h2>
      <Loaded query={page}>
        {({ entries }) => (
          <>
            <Listing
              label={w('audit-log.title')}
              columns={[
                w('audit-log.entry'),
                w('audit-log.when'),
                w('audit-log.who'),
                w('audit-log.what'),
                w('audit-log.target'),
                w('audit-log.result'),
              ]}
            >
              {entries.map((entry) => (
                <tr key={entry.seq}>
                  <th scope="row">{entry.seq}</th>
                  <td>
                    <When at={entry.at} />
                  </td>
                  <td>{entry.name ?? NONE}</td>
                  <td>
                    <code>{entry.action}</code>
                  </td>
                  <td>
                    <code>{entry.target ?? NONE}</code>
                  </td>
                  <td>
                    {w(`audit-log.${entry.result}`)} {entry.code === null ? '' : `(${entry.code})`}
                  </td>
                </tr>
              ))}
            </Listing>
            <div className="row">
              <button type="button" className="button" disabled={before === undefined} onClick={() => setBefore(undefined)}>
                {w('audit-log.newest')}
              </button>
              <button
                type="button"
                className="button"
                disabled={entries.length < PAGE}
                onClick={() => setBefore(entries.at(-1)?.seq)}
              >
                {w('audit-log.older')}
              </button>
            </div>
          </>
        )}
      </Loaded>
    </section>
  )
}
