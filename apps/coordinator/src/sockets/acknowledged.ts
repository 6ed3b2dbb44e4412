import { type Ack, TributaryError } from '@tributary/protocol'
import type { z } from 'zod'

/**
 * Wraps a handler: the message is checked, and whatever happens the sender gets an answer.
 * @param handle what it gives is told with the yes
 * @param admit throws when the message is one too many
 */
export function acknowledged<Schema extends z.ZodType, More>(
  schema: Schema,
  handle: (message: z.infer<Schema>) => Promise<More>,
  onError: (error: unknown) => void,
  admit: () => void = () => {},
): (message: unknown, acknowledge: unknown) => void {
  return (message, acknowledge) => {
    const answer = (ack: Ack): void => {
      // A sender that wants no answer may leave the callback out, or send anything in its place.
      if (typeof acknowledge === 'function') (acknowledge as (ack: Ack) => void)(ack)
    }
    const refuse = (error: unknown): void => {
      if (!(error instanceof TributaryError)) onError(error)
      const known = error instanceof TributaryError ? error : new TributaryError('internal', { reference: 'see the log' })
      answer({ ok: false, error: known.toBody() })
    }
    const work = async (): Promise<More> => {
      admit()
      return handle(checked(schema, message))
    }
    work().then((more) => answer({ ok: true, ...more }), refuse)
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, message: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message: text }) => `${path.join('.') || 'message'}: ${text}`).join('; ')
  throw new TributaryError('bad_request', { issues })
}
