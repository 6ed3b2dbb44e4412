// Packages depend one way: protocol ← federation, models, data ← client ← apps, cli. Nothing reaches into another package's files.
const layers = {
  protocol: [],
  federation: ['protocol'],
  models: ['protocol'],
  data: ['protocol'],
  client: ['protocol', 'federation', 'models', 'data'],
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
      name: 'coordinator-not-on-client',
      severity: 'error',
      from: { path: '^apps/coordinator/', pathNot: tests },
      to: { path: '^packages/(client|cli)/' },
    },
    {
      name: 'aggregation-without-tfjs',
      severity: 'error',
      comment: 'Updates are typed arrays; only the evaluator, a process of its own, may load a model. The specification is pure.',
      from: { path: '^apps/coordinator/src/', pathNot: ['^apps/coordinator/src/evaluation/', tests] },
      to: { path: '^packages/models/', pathNot: '^packages/models/src/specification/' },
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
      from: { path: '^packages/(protocol|federation|models|data|client)/src/', pathNot: node },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/generated/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js'],
    },
  },
}
