import { type Ack, TributaryError } from '@tributary/protocol'
import type { z } from 'zod'

/**
 * Wraps a handler: the message is checked, and whatever happens the sender gets an answer.
 * @param handle what it gives is told with the yes
 */
export function acknowledged<Schema extends z.ZodType, More>(
  schema: Schema,
  handle: (message: z.infer<Schema>) => Promise<More>,
  onError: (error: unknown) => void,
): (message: unknown, acknowledge: unknown) => void {
  return (message, acknowledge) => {
    const answer = (ack: Ack): void => {
      // A sender that wants no answer may leave the callback out, or send anything in its place.
      if (typeof acknowledge === 'function') (acknowledge as (ack: Ack) => void)(ack)
    }
    const parsed = schema.safeParse(message)
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message: text }) => `${path.join('.') || 'message'}: ${text}`).join('; ')
      answer({ ok: false, error: new TributaryError('bad_request', { issues }).toBody() })
      return
    }
    handle(parsed.data).then(
      (more) => answer({ ok: true, ...more }),
      (error) => {
        if (error instanceof TributaryError) answer({ ok: false, error: error.toBody() })
        else {
          onError(error)
          answer({ ok: false, error: new TributaryError('internal', { reference: 'see the log' }).toBody() })
        }
      },
    )
  }
}
