export interface ConnectionOptions {
  readonly url?: string
  readonly tokenFile?: string
}

/**
 * A client of the coordinator that the options, the environment or the saved profile name. Loads what it needs only now.
 * @throws TributaryError as chooseUrl and chooseToken
 */
export async function connect(options: ConnectionOptions) {
  const [{ chooseToken, chooseUrl }, { readProfiles }, { CoordinatorApi }] = await Promise.all([
    import('./chosen-connection.ts'),
    import('./profiles.ts'),
    import('@tributary/client'),
  ])
  const profiles = await readProfiles()
  const url = chooseUrl(options, process.env, profiles)
  return new CoordinatorApi({ url, token: await chooseToken(url, options, process.env, profiles) })
}

/** The same, with its vertical runs beside it. */
export async function connectVertically(options: ConnectionOptions) {
  const { VerticalApi } = await import('@tributary/client')
  const coordinator = await connect(options)
  return { coordinator, api: new VerticalApi(coordinator) }
}
