// The arrows of docs/architecture.md: lambdas -> adapters -> core; lib -> core; local -> core; cli -> local, adapters, core.
// The console is a page: it knows the system by console/api.ts alone, and of it cli knows that and how it is built.
const only = (folder, allowed) => ({
  name: `${folder}-depends-only-on-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: '^(bin|lib|core|adapters|lambdas|local|cli|console|bench|test)/',
    pathNot: `^(${[folder, ...allowed].join('|')})/`,
  },
});

module.exports = {
  forbidden: [
    only('core', []),
    only('adapters', ['core']),
    only('lambdas', ['adapters', 'core']),
    only('lib', ['core']),
    only('bin', ['lib', 'core']),
    only('local', ['core']),
    only('cli', ['local', 'adapters', 'core', 'console']),
    only('console', []),
    {
      name: 'cli-knows-the-console-by-its-contract',
      severity: 'error',
      from: { path: '^cli/' },
      to: { path: '^console/', pathNot: '^console/(api|build)[.]ts$' },
    },
    {
      name: 'console-pages-ask-by-its-contract',
      severity: 'error',
      from: { path: '^console/src/' },
      to: { path: '^console/', pathNot: '^console/(src/|api[.]ts$)' },
    },
    {
      name: 'core-is-pure',
      comment:
        'core/ has no I/O and no CDK: only avsc, Parquet in memory and node:crypto/zlib arithmetic may enter',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        dependencyTypes: ['npm', 'core'],
        pathNot:
          '(node_modules/(avsc|hyparquet|hyparquet-writer)/|^(crypto|zlib|buffer|node:crypto|node:zlib|node:buffer)$)',
      },
    },
    {
      name: 'lambdas-do-not-share-folders',
      comment: 'a function is deployed alone: what two share belongs to adapters/ or core/',
      severity: 'error',
      from: { path: '^lambdas/([^/]+)/' },
      to: { path: '^lambdas/([^/]+)/', pathNot: '^lambdas/$1/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.cjs', '.js', '.json'] },
  },
};
