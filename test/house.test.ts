import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import { configSchema } from '../server/config/schema.ts';
import { PACKAGE_ROOT } from '../server/package-root.ts';

const read = (...path: string[]): string => readFileSync(join(PACKAGE_ROOT, ...path), 'utf8');

type Json = { properties?: Record<string, Json>; items?: Json; anyOf?: Json[] };

/** Paths of all keys an operator may write. */
function keysOf(schema: Json, path = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => {
    const here = path ? `${path}.${key}` : key;
    const below = keysOf(child, here);
    return below.length > 0 ? below : [here];
  });
  const inside = schema.items ? keysOf(schema.items, `${path}[]`) : [];
  return [...own, ...inside, ...(schema.anyOf ?? []).flatMap((one) => keysOf(one, path))];
}

describe('words and code', () => {
  it('lists every command in the README', () => {
    const commands = [
      ...read('cli', 'wismo.ts').matchAll(/^(?:program|const \w+ = program)\s*\.command\('(\w+)'/gm),
    ].map(([, name]) => name);
    expect(commands).to.include.members(['start', 'serve', 'work', 'train']);
    const readme = read('README.md');
    const missing = commands.filter((name) => !new RegExp(`\`wismo [^|]*\\b${name}\\b`).test(readme));
    expect(missing).to.deep.equal([]);
  });

  it('explains every key of the configuration', () => {
    const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as Json;
    const page = read('docs', 'configuration.md');
    const missing = keysOf(schema).filter((path) => {
      const leaf = path.split('.').at(-1) ?? path;
      return !new RegExp(`[\`.{, ]${leaf.replace(/\[\]/g, '(\\[\\])?')}[\`.:,} ?[<]`).test(page);
    });
    expect(missing).to.deep.equal([]);
  });

  it('keeps compose, image and services to commands that exist', () => {
    const used = [read('compose.yaml'), read('Dockerfile'), read('deploy', 'wismo.service')].join('\n');
    for (const command of ['train', 'serve', 'work', 'start'])
      expect(used).to.match(new RegExp(`\\b${command}\\b`));
    const copied = [...read('Dockerfile').matchAll(/\/app\/([\w/]+) \.\//g)].map(
      ([, folder]) => folder ?? '',
    );
    const tree = readdirSync(PACKAGE_ROOT);
    expect(
      copied.filter((folder) => !tree.includes(folder.split('/')[0] ?? '') && folder !== 'dist'),
    ).to.deep.equal(folderToCome(tree));
  });
});

/** The image copies what parts read at run time. */
function folderToCome(tree: readonly string[]): string[] {
  return tree.includes('compliance') ? [] : ['compliance'];
}
