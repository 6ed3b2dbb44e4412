import type { VerticalNotice } from '@tributary/protocol'

export type NoticeListener = (notice: VerticalNotice | null) => void

/** Who wants to hear that something is new. */
export class NoticeBoard {
  readonly #listeners = new Set<NoticeListener>()

  listen(listener: NoticeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @param notice null: anything may be new */
  tell(notice: VerticalNotice | null): void {
    for (const listener of [...this.#listeners]) listener(notice)
  }
}
