/** Every phase by every event, each told what is of its name; a cell that is forgotten does not compile. */
export type PhaseTable<State extends { readonly phase: string }, Events, Around, Outcome> = {
  readonly [Phase in State['phase']]: {
    readonly [Name in keyof Events]: (state: Extract<State, { phase: Phase }>, told: Events[Name], around: Around) => Outcome
  }
}

/** An event as a table takes it: the name of its column and what that is told. */
export type NamedEvent<Events> = {
  readonly [Name in keyof Events]: { readonly name: Name; readonly told: Events[Name] }
}[keyof Events]
