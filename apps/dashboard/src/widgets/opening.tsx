import { Problem } from './problem.tsx'
import { Loading } from './waiting.tsx'

/** A page whose subject is not there yet, or cannot be had: it has its heading all the same. */
export function Opening({ title, error }: { title: string; error: unknown }) {
  return (
    <div className="stack">
      <h1>{title}</h1>
      {error === null ? <Loading /> : <Problem error={error} />}
    </div>
  )
}
