/** `docs/carriers.md` from the registry, so that the page cannot drift from the code. */
import type { Carrier } from './carrier.ts';

const HEAD = `# Carriers

<!-- Written by \`npm run docs\` from carriers/registry.ts. Edit the adapters, not this page. -->

Every carrier the product can ask. Put its id under \`carriers\` in \`wismo.config.yml\` with the credentials below, and in
the list \`carriers\` of each shop that ships with it. \`CARRIER_<ID>_URL\` (upper case, dashes as underscores) points an
adapter at another server.

Confidence says where the wire format comes from: the carrier's own documentation, working code that talks to the
carrier, or a guess that waits for confirmation. Try one real number of a carrier before customers do:
\`npx wismo track NUMBER --carrier ID\`.

`;

const FOOT = `
## Adding one

Four places: \`carriers/<id>.ts\`, \`carriers/fixtures/<id>.yml\`, \`sandbox/carriers/<id>.ts\` with its line in \`writers.ts\`,
and a line in \`carriers/registry.ts\`, whose head comment walks you through. The conformance suite then asks for every case
by name: delivered, in transit, out for delivery, attempt failed, returned, no scan yet, not found, bad credentials,
an unknown code, events out of order, a time without a zone, personal data in the answer; and it plays an error 500,
a rate limit, HTML, broken and foreign JSON, a stall and a hang-up at every request the adapter makes.
`;

export function carriersPage(carriers: readonly Carrier[]): string {
  const rows = carriers
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
    .map((carrier) => `| ${cellsOf(carrier).join(' | ')} |`);
  const heads = ['Carrier', 'Id', 'Countries', 'Credentials', 'Numbers a call', 'Limits', 'Confidence'];
  return `${HEAD}| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|\n${rows.join('\n')}\n${FOOT}`;
}

function cellsOf({ id, name, countries, docs }: Carrier): string[] {
  return [
    `[${name}](${docs.url})`,
    `\`${id}\``,
    countries.length > 0 ? countries.join(', ') : 'all',
    docs.credentials,
    String(docs.batch),
    docs.limits,
    `${docs.confidence}, read ${docs.readOn}`,
  ].map((cell) => cell.replaceAll('|', '\\|'));
}
