import { useCallback } from 'react'
import { useNavigate, useSearchParams } from 'react-router'

/** What is put into the address, by name; '' takes it out. */
export type Changes = Readonly<Record<string, string>>
/** Changes, or what makes them of the address as it is at that moment. */
export type SetAddress = (changes: Changes | ((now: URLSearchParams) => Changes)) => void

export function changedSearch(search: string, changes: Parameters<SetAddress>[0]): string {
  const next = new URLSearchParams(search)
  for (const [name, value] of Object.entries(typeof changes === 'function' ? changes(next) : changes)) {
    if (value === '') next.delete(name)
    else next.set(name, value)
  }
  return next.toString()
}

/**
 * What the page shows, as it stands in the address, and how to change that. The address is there at once and what is drawn follows,
 * so changes begin from the address: two of them, one right after the other, both hold. `set` is the same on the same page.
 */
export function useAddress(): readonly [search: URLSearchParams, set: SetAddress] {
  const [search] = useSearchParams()
  const navigate = useNavigate()
  const set = useCallback<SetAddress>(
    (changes) => void navigate(`?${changedSearch(window.location.search, changes)}`, { replace: true }),
    [navigate],
  )
  return [search, set]
}

/** A list that stands in the address, with one put in, or taken out if it was there. */
export const toggled = (list: readonly string[], one: string): string[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one]
