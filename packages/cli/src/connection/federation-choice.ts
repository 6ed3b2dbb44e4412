import type { CoordinatorApi } from '@tributary/client'
import { type Federation, TributaryError } from '@tributary/protocol'

/**
 * The federation of this id or name; without one, the only one there is.
 * @throws TributaryError `not_found`; `config_invalid` when none is named and there are several, or there is none
 */
export async function chooseFederation(api: Pick<CoordinatorApi, 'federations'>, asked: string | undefined): Promise<Federation> {
  const federations = await api.federations()
  if (asked !== undefined) {
    const found = federations.find(({ id, name }) => id === asked || name === asked)
    if (found === undefined) throw new TributaryError('not_found', { what: 'federation', id: asked })
    return found
  }
  const [only, ...others] = federations
  if (only === undefined)
    throw new TributaryError('config_invalid', {
      setting: 'federation',
      reason: 'there is none yet: create one with "tributary federation create NAME"',
    })
  if (others.length > 0)
    throw new TributaryError('config_invalid', {
      setting: 'federation',
      reason: `there are several, name one: ${federations.map(({ name }) => name).join(', ')}`,
    })
  return only
}
