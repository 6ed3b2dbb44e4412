import { TributaryError } from '@tributary/protocol'
import { type ComponentType, lazy } from 'react'

/** What a part of the page is loaded by; one that cannot be fetched is told as any other question without an answer. */
export const arriving = <Part>(part: Promise<Part>): Promise<Part> =>
  part.catch((cause: unknown) => {
    if (!(cause instanceof Error && isUnfetched(cause))) throw cause
    throw new TributaryError('unreachable', { url: location.host, reason: cause.message }, { cause })
  })

/** A module as browsers say it, a style as the loader of the built pages does. */
const isUnfetched = (cause: Error): boolean => cause instanceof TypeError || cause.message.startsWith('Unable to preload CSS')

/** As React's `lazy`. A part that fails is not asked for again before the page is loaded anew: a `Boundary` offers that. */
export const lazyPart = <Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy(() => arriving(load()))
