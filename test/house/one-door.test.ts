import { expect } from 'chai';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { PACKAGE_ROOT } from '../../server/package-root.ts';

/** Everything that runs in production; the sandbox plays the other side. */
const PARTS = ['bots', 'carriers', 'cli', 'compliance', 'connectors', 'desk', 'domain', 'nlu', 'server'];
const DOOR = join('server', 'delivery.ts');

type Call = { readonly file: string; readonly line: number; readonly node: ts.Node };

/** Calls, references and destructurings of a property called `send`, except answers to an HTTP request. */
function sendsIn(file: string, text: string): Call[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true);
  const calls: Call[] = [];
  const add = (node: ts.Node): void =>
    void calls.push({ file, line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, node });
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && node.name.text === 'send' && !isHttpAnswer(node.expression))
      add(node);
    if (ts.isElementAccessExpression(node) && /^['"`]send['"`]$/.test(node.argumentExpression.getText()))
      add(node);
    if (ts.isBindingElement(node) && (node.propertyName ?? node.name).getText() === 'send') add(node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return calls;
}

/** `response.status(404).send('')` of express, and `process.send` of a child process. */
function isHttpAnswer(node: ts.Expression): boolean {
  return /^(?:response|res|process|child)\b/.test(node.getText());
}

function sources(): { readonly file: string; readonly text: string }[] {
  return PARTS.flatMap((part) => {
    try {
      return readdirSync(join(PACKAGE_ROOT, part), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(part, name),
      );
    } catch {
      return [];
    }
  })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(PACKAGE_ROOT, file), 'utf8') }));
}

/** The statements of the function around a node that come before it, as text. */
function textBefore(node: ts.Node): string {
  let around = node;
  while (!ts.isFunctionLike(around)) around = around.parent;
  return around.getSourceFile().text.slice(around.getStart(), node.getStart());
}

describe('one door', () => {
  it('is the only place that hands a message to a channel', () => {
    const calls = sources().flatMap(({ file, text }) => sendsIn(file, text));
    expect(calls.map(({ file, line }) => `${file}:${line}`)).to.have.length(1);
    expect(calls[0]?.file).to.equal(DOOR);
  });

  it('asks the guard first, and answers without sending when it says no', () => {
    const text = readFileSync(join(PACKAGE_ROOT, DOOR), 'utf8');
    const [call] = sendsIn(DOOR, text);
    if (!call) return expect.fail('server/delivery.ts sends nothing');
    const before = textBefore(call.node);
    expect(before).to.match(/const verdict = guard\(replyText\(outgoing\.reply\)/);
    expect(before).to.match(/if \(verdict\.verdict === 'block'\)\s+return \{\s+kind: 'blocked'/);
  });

  it('would notice another door, however it is built', () => {
    const doors = [
      'channel.send(body)',
      'const { send } = channel;',
      'const { send: out } = connect(settings, io);',
      "channel['send'](body)",
      'const out = channel.send;',
    ];
    for (const door of doors) expect(sendsIn('a.ts', door), door).to.have.length(1);
    expect(sendsIn('a.ts', "response.status(404).send('')")).to.have.length(0);
  });
});
