/**
 * The import directions, downward only. This table is the rule: a part may import itself, what is listed
 * here, and packages. `npm run lint` fails on anything else and on every cycle.
 */
const MAY_IMPORT = {
  domain: [],
  carriers: ['domain'],
  nlu: ['domain'],
  compliance: ['domain'],
  connectors: ['domain'],
  bots: ['domain', 'carriers', 'nlu', 'compliance'],
  desk: ['domain', 'compliance'],
  server: ['domain', 'carriers', 'nlu', 'compliance', 'connectors', 'bots', 'desk'],
  sandbox: ['domain'],
  cli: ['domain', 'carriers', 'nlu', 'compliance', 'connectors', 'bots', 'desk', 'server', 'sandbox'],
};

const PARTS = Object.keys(MAY_IMPORT);
const anyOf = (names) => `^(${names.join('|')})/`;

const directions = PARTS.map((part) => ({
  name: `${part}-imports`,
  comment: `${part} may import only: ${MAY_IMPORT[part].join(', ') || 'nothing of ours'}`,
  severity: 'error',
  from: { path: `^${part}/` },
  to: {
    path: anyOf(PARTS.filter((other) => other !== part && !MAY_IMPORT[part].includes(other)).concat('test')),
  },
}));

/** Packages that only one place may know. */
const ISOLATED = [
  { package: '^node_modules/@nlpjs/', only: '^nlu/nlpjs' },
  { package: '^node_modules/express/', only: '^(server/|desk/http|sandbox/)' },
  { package: '^node_modules/(kysely|better-sqlite3|pg)/', only: '^server/store/' },
  { package: '^node_modules/bull/', only: '^server/queue/' },
];

export default {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: ['\\.d\\.ts$', '^cli/wismo\\.ts$', '^(test|bench|docs)/'] },
      to: {},
    },
    ...directions,
    ...ISOLATED.map(({ package: path, only }) => ({
      name: `only ${only} imports ${path}`,
      severity: 'error',
      from: { pathNot: [only, '^(test|bench|docs)/'] },
      to: { path },
    })),
    {
      name: 'adapters-stand-alone',
      comment: 'A channel never imports another channel; only the registry sees them all.',
      severity: 'error',
      from: { path: '^connectors/([^/]+)/' },
      to: { path: '^connectors/[^/]+/', pathNot: '^connectors/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    // The whole tree is cruised, so that a part which does not exist yet cannot break the check.
    exclude: { path: '(^|/)(dist|data|page)/|^[^/]+\\.(m?js)$' },
  },
};
