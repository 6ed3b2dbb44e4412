import { Component, type ReactNode } from 'react'
import { useWords } from '../words/words.ts'
import { Problem } from './problem.tsx'

interface BoundaryProps {
  /** What is shown inside; another one is tried again. */
  readonly at: string
  /** Of what it stands for, which then has its own landmark and heading: everything, a page, or a part of one. */
  readonly around: 'all' | 'page' | 'part'
  readonly children: ReactNode
}
interface BoundaryState {
  readonly at: string
  readonly failure: { readonly error: unknown } | null
}

/** Where something inside fails, or cannot be fetched, it says so in its place, and the rest of the page stays. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override readonly state: BoundaryState = { at: this.props.at, failure: null }

  static getDerivedStateFromError(error: unknown): Partial<BoundaryState> {
    return { failure: { error } }
  }

  static getDerivedStateFromProps({ at }: BoundaryProps, state: BoundaryState): BoundaryState | null {
    return at === state.at ? null : { at, failure: null }
  }

  override render(): ReactNode {
    const { around, children } = this.props
    const { failure } = this.state
    return failure === null ? children : <Failed around={around} error={failure.error} />
  }
}

function Failed({ around, error }: { around: BoundaryProps['around']; error: unknown }) {
  const { w } = useWords()
  const Place = around === 'all' ? 'main' : 'div'
  return (
    <Place className="stack">
      {around === 'part' ? null : <h1>{w('boundary.title')}</h1>}
      <Problem error={error} />
      <div>
        <button type="button" className="button" onClick={() => location.reload()}>
          {w('boundary.reload')}
        </button>
      </div>
    </Place>
  )
}
