import type { VerticalEffect, VerticalSurroundings } from '@tributary/federation'
import type { Machine } from '@tributary/party'

export type Send = Extract<VerticalEffect, { type: 'send' }>
export type ChangeSend = (send: Send, around: VerticalSurroundings) => readonly Send[]

/** A party that does all as it should, but says other things: sealed, signed and chained by its own real identity. */
export const sendingOtherwise = <State>(machine: Machine<State>, change: ChangeSend): Machine<State> => ({
  initial: (start) => machine.initial(start),
  recovery: (state, around) => machine.recovery(state, around),
  transition(state, event, around) {
    const after = machine.transition(state, event, around)
    const effects = after.effects.flatMap((effect): readonly VerticalEffect[] =>
      effect.type === 'send' ? change(effect, around) : [effect],
    )
    return { ...after, effects }
  },
})
