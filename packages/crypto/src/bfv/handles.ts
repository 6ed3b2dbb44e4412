/** An object in the memory of WebAssembly: nothing frees it but its own `delete`. */
export interface Handle {
  delete(): void
}

let live = 0

/** Objects now held by this thread; equal before and after every call of a scheme. */
export const liveHandles = (): number => live

/** Owns objects and deletes them together, newest first. */
export class Handles implements Disposable {
  #owned: Handle[] = []

  own<H extends Handle>(handle: H): H {
    this.#owned.push(handle)
    live += 1
    return handle
  }

  [Symbol.dispose](): void {
    const owned = this.#owned
    this.#owned = []
    for (const handle of owned.reverse()) {
      live -= 1
      handle.delete()
    }
  }
}

export type Own = <H extends Handle>(handle: H) => H

/** Runs `work` and deletes all it owned, whether it returns or throws. */
export function scoped<T>(work: (own: Own) => T): T {
  const handles = new Handles()
  try {
    return work((handle) => handles.own(handle))
  } finally {
    handles[Symbol.dispose]()
  }
}
