// The arrows of docs/architecture.md: lambdas -> adapters -> core; lib -> core; local -> core; cli -> local, adapters, core.
const only = (folder, allowed) => ({
  name: `${folder}-depends-only-on-${allowed.join('-') || 'itself'}`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: {
    path: '^(bin|lib|core|adapters|lambdas|local|cli|bench|test)/',
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
    only('cli', ['local', 'adapters', 'core']),
    {
      name: 'core-is-pure',
      comment: 'core/ has no I/O and no CDK: only avsc and node:crypto/zlib arithmetic may enter',
      severity: 'error',
      from: { path: '^core/' },
      to: {
        dependencyTypes: ['npm', 'core'],
        pathNot:
          '(node_modules/(avsc|hyparquet-writer)/|^(crypto|zlib|buffer|node:crypto|node:zlib|node:buffer)$)',
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
