// A single sign-on provider (oidc-provider) on this machine, for tests. Prints {"issuer"} when it listens.
// Argument: JSON of {clientId, clientSecret, redirectUris, people: {LOGIN: {sub, email, email_verified}}}.
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const { clientId, clientSecret, redirectUris, people } = JSON.parse(process.argv[2])
const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: redirectUris }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['preferred_username'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['only for tests'] },
    findAccount: (_context, login) => {
      const person = people[login]
      return person === undefined ? undefined : { accountId: login, claims: () => ({ ...person, sub: person.sub ?? login }) }
    },
  })
  server.on('request', provider.callback())
  process.stdout.write(`${JSON.stringify({ issuer })}\n`)
})
process.on('SIGTERM', () => process.exit(0))
