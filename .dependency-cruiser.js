/** The rooms of ARCHITECTURE, executed. @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'libs-never-import-services-or-deploy',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(services|deploy)/' },
    },
    {
      name: 'no-service-imports-another',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    { name: 'services-never-import-deploy', severity: 'error', from: { path: '^services/' }, to: { path: '^deploy/' } },
    {
      name: 'contracts-depends-on-nothing',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { path: '^(libs|services|deploy)/', pathNot: '^libs/contracts/' },
    },
    {
      name: 'mapping-is-pure',
      severity: 'error',
      from: { path: '^libs/mapping/src', pathNot: '[.]spec[.]ts$' },
      to: {
        path: '(^(libs|services)/(?!mapping/|contracts/))|node_modules/(@nestjs|typeorm|pg|kafkajs|axios|fastify)/',
      },
    },
    {
      name: 'deciders-are-pure',
      severity: 'error',
      from: { path: '[.](decider|evolve|decide)[.]ts$' },
      to: { path: 'node_modules/(@nestjs|typeorm|pg|kafkajs|axios|fastify)/|^libs/(kafka|event-log|service-kit)/' },
    },
    {
      name: 'only-kafka-imports-kafkajs',
      severity: 'error',
      from: { pathNot: '^libs/kafka/' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'tests-alone-use-testing',
      severity: 'error',
      from: { path: '^(libs|services)/', pathNot: '[.]spec[.]ts$|^libs/testing/' },
      to: { path: '^libs/testing/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
