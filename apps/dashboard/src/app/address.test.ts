import { expect, it } from 'vitest'
import { changedSearch } from './address.ts'

it('changes what it is told in the address, keeps the rest, and takes out what is empty', () => {
  expect(changedSearch('?tab=curves&log=1', { x: 'time', log: '' })).toBe('tab=curves&x=time')
  expect(changedSearch('', { q: 'a b' })).toBe('q=a+b')
  expect(changedSearch('?q=x', { q: '' })).toBe('')
})

it('makes changes of the address as it is, so that one after the other both hold', () => {
  const add = (id: string) => (now: URLSearchParams) => ({ selected: [now.get('selected'), id].filter(Boolean).join(',') })
  const once = changedSearch('?sort=name', add('a'))
  expect(new URLSearchParams(changedSearch(`?${once}`, add('b'))).get('selected')).toBe('a,b')
})
