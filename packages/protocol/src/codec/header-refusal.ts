import type { ZodError } from 'zod'
import { TributaryError } from '../errors/tributary-error.ts'

/** What a stranger wrote, fit for a sentence: a header's text can be megabytes, and an object can refuse to be a string. */
const quoted = (value: unknown): string => shortened(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing'))
const shortened = (text: string): string => (text.length > 100 ? `${text.slice(0, 100)} …` : text)

/** Finds the most telling code for a header that does not fit its schema. */
export function headerRefusal(json: unknown, error: ZodError): TributaryError {
  for (const { path } of error.issues) {
    if (path[0] === 'meta' && path[1] === 'samples') return new TributaryError('update_samples_invalid')
    if (path[0] === 'tensors' && path[2] === 'dtype') {
      const tensor = (json as { tensors: { name?: unknown; dtype?: unknown }[] }).tensors[Number(path[1])]
      return new TributaryError('update_wrong_dtype', { tensor: quoted(tensor?.name), actual: quoted(tensor?.dtype) })
    }
  }
  const [first] = error.issues
  return new TributaryError('update_malformed', {
    reason: `header, ${first?.path.join('.') || 'root'}: ${shortened(first?.message ?? 'invalid')}`,
  })
}
