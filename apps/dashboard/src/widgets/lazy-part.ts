import { TributaryError } from '@tributary/protocol'
import { type ComponentType, lazy } from 'react'

/** What a part of the page is loaded by; one that cannot be fetched is told as any other question without an answer. */
export const arriving = <Part>(part: Promise<Part>): Promise<Part> =>
  part.catch((cause: unknown) => {
    if (!(cause instanceof TypeError)) throw cause
    throw new TributaryError('unreachable', { url: location.host, reason: cause.message }, { cause })
  })

/** As React's `lazy`. A part that fails is not asked for again before the page is loaded anew: a `Boundary` offers that. */
export const lazyPart = <Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(() => arriving(load()))
