import type { ReactNode } from 'react'
import { useWords } from '../words/words.ts'

/** Content that may be wider than the page and then scrolls in itself, by keys too. */
export function ScrollArea({ label, children }: { label: string; children: ReactNode }) {
  const { w } = useWords()
  return (
    <section ref={focusable} className="scroll" aria-label={w('scroll.table', { label })}>
      {children}
    </section>
  )
}

/** Puts what is read by keys, but is no control, into the order of the tab key. */
export function focusable(element: HTMLElement | null): void {
  if (element !== null) element.tabIndex = 0
}
