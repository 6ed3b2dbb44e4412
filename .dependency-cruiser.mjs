// Packages depend one way: protocol ← federation, models, data, crypto ← client ← party ← apps, cli. Nothing reaches into another package's files.
const layers = {
  protocol: [],
  federation: ['protocol'],
  models: ['protocol'],
  data: ['protocol'],
  client: ['protocol', 'federation', 'models', 'data'],
  crypto: ['protocol'],
  party: ['protocol', 'federation', 'data', 'crypto', 'client'],
}
const between = Object.entries(layers).map(([name, allowed]) => ({
  name: `${name}-depends-only-down`,
  severity: 'error',
  from: { path: `^packages/${name}/` },
  to: { path: '^(packages|apps)/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}))
const tests = '\\.test\\.ts$'
const node = '(\\.node(\\.test)?\\.ts$|/node/|\\.test\\.ts$)'

export default {
  forbidden: [
    ...between,
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Types may name each other inside a package; code may not.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'threads-load-by-import',
      severity: 'error',
      comment: 'What a thread pool require()s is CommonJS and loads by import(): an ES module there can abort the process.',
      from: { path: 'worker\\.cjs$' },
      to: { dependencyTypesNot: ['dynamic-import'] },
    },
    {
      name: 'coordinator-not-on-client',
      severity: 'error',
      from: { path: '^apps/coordinator/', pathNot: tests },
      to: { path: '^packages/(client|party|cli)/' },
    },
    {
      name: 'coordinator-without-encryption',
      severity: 'error',
      comment: 'The hub checks signatures and relays; it neither loads the scheme nor knows the key service.',
      from: { path: '^apps/coordinator/', pathNot: tests },
      to: { path: '^(packages/crypto/src/bfv|apps/key-service)/' },
    },
    {
      name: 'key-service-not-on-coordinator',
      severity: 'error',
      from: { path: '^apps/key-service/', pathNot: tests },
      to: { path: '^(apps/coordinator|packages/cli)/' },
    },
    {
      name: 'aggregation-without-tfjs',
      severity: 'error',
      comment: 'Updates are typed arrays; only the evaluator, a process of its own, may load a model. The specification is pure.',
      from: { path: '^apps/coordinator/src/', pathNot: ['^apps/coordinator/src/evaluation/', tests] },
      to: { path: '^packages/models/', pathNot: '^packages/models/src/specification/' },
    },
    {
      name: 'dashboard-in-the-browser',
      severity: 'error',
      comment: 'The pages run in a browser: the packages that do, and nothing of Node outside of tests.',
      from: { path: '^apps/dashboard/src/', pathNot: tests },
      to: { path: '^(packages|apps)/', pathNot: '^(apps/dashboard|packages/(protocol|client|models|data))/' },
    },
    {
      name: 'no-relative-path-into-another-package',
      severity: 'error',
      from: { path: '^(packages|apps)/([^/]+)/' },
      to: { path: '^(packages|apps)/', pathNot: '^$1/$2/', dependencyTypes: ['local'] },
    },
    {
      name: 'isomorphic-without-node',
      severity: 'error',
      from: { path: '^(packages/(protocol|federation|models|data|client|crypto)|apps/dashboard)/src/', pathNot: node },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['/generated/', '^apps/dashboard/dist/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
}
