import { useState } from 'react'
import type { VerticalState } from '../../live-store/index.ts'
import { useWords } from '../../words/words.ts'

interface AskedHead {
  /** null when the hash stands alone. */
  readonly seq: number | null
  readonly hash: string
}

/** A hash, or a head as the command line prints it: `head 12 abcd…`. */
function headAsked(text: string): AskedHead | null {
  const [, seq, hash] = /^(?:(?:head )?(\d{1,9}) )?([0-9a-f]{64})$/.exec(text) ?? []
  return hash === undefined ? null : { seq: seq === undefined ? null : Number(seq), hash }
}

/** The same hash at another place of the log is another head. */
const isAsked =
  (asked: AskedHead) =>
  ({ seq, hash }: AskedHead): boolean =>
    hash === asked.hash && (asked.seq === null || asked.seq === seq)

/**
 * The head of the key service's log as this hub was told it, to be compared with what the key service shows at its own address:
 * that page is another operator's, and this page speaks with its own coordinator alone.
 */
export function AuditHeads({ state }: { state: VerticalState }) {
  const { w } = useWords()
  const [pasted, setPasted] = useState('')
  const { head } = state.run
  const given = pasted.trim().toLowerCase()
  const asked = headAsked(given)
  const known = asked === null ? undefined : [...state.heads.values()].find(isAsked(asked))
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">{w('audit.title')}</h2>
      {state.forks.length === 0 ? null : (
        <p className="notice" data-kind="bad" role="alert">
          {w('audit.fork', { seq: state.forks[0]?.seq ?? 0 })}
        </p>
      )}
      {head === null ? (
        <p>{w('audit.none')}</p>
      ) : (
        <p>
          {w('audit.hub', { seq: head.seq })} <code>{head.hash}</code>
        </p>
      )}
      <label className="field">
        <span>{w('audit.paste')}</span>
        <input className="input" value={pasted} onChange={({ target }) => setPasted(target.value)} autoComplete="off" />
      </label>
      {given === '' ? null : (
        <p role="status" className="notice" data-kind={known === undefined ? 'bad' : undefined}>
          {asked !== null
            ? known === undefined
              ? w('audit.mismatch')
              : w('audit.match', { seq: known.seq })
            : w('audit.not-a-hash')}
        </p>
      )}
    </section>
  )
}
