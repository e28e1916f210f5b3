#!/usr/bin/env -S node --disable-warning=PINODEP008
/** The `wismo` command. Exit codes: 0 done, 1 the answer is no, 2 wrong usage or configuration. */
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../server/config/load.ts';
import type { AuditExportOptions, AuditVerifyOptions } from './audit.ts';
import { InputError } from './lines.ts';
import type { PrivacyOptions } from './privacy.ts';
import { say } from './progress.ts';
import type { TrainOptions } from './train.ts';

const program = new Command('wismo')
  .description('Where is my order? Customer service for Jumia sellers, self-hosted.')
  .exitOverride()
  .showHelpAfterError('(wismo --help lists the commands)')
  .configureOutput({
    writeOut: (text) => process.stdout.write(text),
    writeErr: (text) => process.stderr.write(text),
  });

const CONFIG = [
  '-c, --config <file>',
  'configuration file (default: wismo.config.yml here, else the sandbox)',
] as const;

program
  .command('start')
  .description('run everything in one process')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./start.ts')).start(options));

program
  .command('serve')
  .description('take messages in: webhooks, web chat; needs workers beside it')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./scaled.ts')).serve(options));

program
  .command('work')
  .description('answer messages: turns, deliveries, polling; any number may run')
  .option(...CONFIG)
  .option('--health-port <port>', 'tell /healthz and /readyz there')
  .action(async (options: { config?: string; healthPort?: string }) =>
    (await import('./scaled.ts')).work(options),
  );

program
  .command('chat')
  .description('talk to the bot in the terminal')
  .option(...CONFIG)
  .option('--lang <lang>', 'language the customer is assumed to speak')
  .option('--shop <id>', 'the shop the customer writes to')
  .option('--json', 'one {"text":…} a line in, one answer a line out')
  .action(async (options: { config?: string; lang?: string; shop?: string; json?: boolean }) =>
    (await import('./chat.ts')).chat(options),
  );

program
  .command('classify')
  .description('read {"text":…} lines, write them back with language, intent, confidence and entities')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./classify.ts')).classify(options));

program
  .command('screen')
  .description('read {"text":…} lines, write them back with the label and confidence of the incoming screen')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./screen.ts')).screen(options));

program
  .command('guard')
  .description('read {"text":…} lines, write them back with whether they may go out, and why not')
  .option(...CONFIG)
  .option('--shop <id>', 'the shop whose lists count (default: the shipped lists)')
  .action(async (options: { config?: string; shop?: string }) => (await import('./guard.ts')).guard(options));

program
  .command('track')
  .description('recognise and track one parcel')
  .argument('<reference>', 'tracking number')
  .option(...CONFIG)
  .option('--carrier <id>', 'ask this carrier only')
  .option('--country <code>', 'country of the order, for example NG')
  .option('--json', 'print one JSON object')
  .action(
    async (
      reference: string,
      options: { config?: string; carrier?: string; country?: string; json?: boolean },
    ) => {
      process.exitCode = await (await import('./track.ts')).track(reference, options);
    },
  );

program
  .command('train')
  .description('train a model from the YAML examples; use it unless it is worse than the one in use')
  .option(...CONFIG)
  .option('--data <folder>', 'folder with one folder of YAML a language')
  .option('--report <file>', 'write a page with the cross-validated matrix and curves')
  .option('--force', 'use the new model even if it is worse')
  .option('--if-missing', 'do nothing when a model is in use')
  .action(async (options: TrainOptions) => {
    process.exitCode = await (await import('./train.ts')).train(options);
  });

const models = program.command('models').description('the trained models');
models
  .command('list', { isDefault: true })
  .description('all models, oldest first; * is in use')
  .option(...CONFIG)
  .option('--json', 'one JSON object a line')
  .action(async (options: { config?: string; json?: boolean }) =>
    (await import('./models.ts')).list(options),
  );
models
  .command('use')
  .description('put a model in use; a running server takes it without a restart')
  .argument('<id>', 'model id')
  .option(...CONFIG)
  .action(async (id: string, options: { config?: string }) => (await import('./models.ts')).use(id, options));
models
  .command('diff')
  .description('which test messages two models read differently')
  .argument('<before>', 'model id')
  .argument('<after>', 'model id')
  .option(...CONFIG)
  .option('--json', 'print one JSON object')
  .action(async (before: string, after: string, options: { config?: string; json?: boolean }) =>
    (await import('./models.ts')).diff(before, after, options),
  );

const data = program.command('data').description('the training data');
data
  .command('lint')
  .description('find what is wrong: broken YAML, repeats, one sentence under two intents, thin intents')
  .option(...CONFIG)
  .option('--data <folder>', 'folder with one folder of YAML a language')
  .option('--json', 'one JSON object a problem')
  .action(async (options: { config?: string; data?: string; json?: boolean }) => {
    process.exitCode = (await import('./data.ts')).lint(options);
  });
data
  .command('review')
  .description('teach the bot with messages it was unsure about')
  .option(...CONFIG)
  .option('--data <folder>', 'folder the accepted messages are written to')
  .option('--json', 'print the messages, read {"id","action","intent"} lines')
  .action(async (options: { config?: string; data?: string; json?: boolean }) =>
    (await import('./data.ts')).review(options),
  );

const audit = program.command('audit').description('the tamper-evident record of everything said and done');
audit
  .command('verify')
  .description('check the chains; one JSON line a problem, then one with the result')
  .option(...CONFIG)
  .option('--shop <id>', 'this shop only')
  .option('--since <time>', 'from this day or moment on, for example 2026-11-01')
  .option('--until <time>', 'up to this day or moment')
  .option('--file <file>', 'check an exported file instead of the store')
  .option(
    '--key <file...>',
    'public keys as PEM: with --file the one you were given, else those before the one in use',
  )
  .action(async (options: AuditVerifyOptions) => {
    process.exitCode = await (await import('./audit.ts')).verify(options);
  });
audit
  .command('export')
  .description('write records as JSON lines that can be verified anywhere')
  .option(...CONFIG)
  .option('--shop <id>', 'this shop only')
  .option('--conversation <id>', 'this conversation only')
  .option('--ticket <number>', 'the conversation with this ticket number only')
  .option('--since <time>', 'from this day or moment on')
  .option('--until <time>', 'up to this day or moment')
  .option('--decrypt', 'show what was said, where it can still be read')
  .action(async (options: AuditExportOptions) => {
    process.exitCode = await (await import('./audit.ts')).exportRecords(options);
  });
audit
  .command('key')
  .description('print the public key that checkpoints are verified with')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./audit.ts')).key(options));

audit
  .command('new-keys')
  .description('go on with the keys in place now, after the old ones were lost or replaced')
  .option(...CONFIG)
  .action(async (options: { config?: string }) => (await import('./audit.ts')).newKeys(options));

const privacy = program.command('privacy').description('what is held about one customer');
for (const action of ['export', 'erase'] as const)
  privacy
    .command(action)
    .description(
      action === 'export'
        ? 'write everything held about a customer, one JSON object a line'
        : 'destroy a customer’s key and blank their messages; cannot be undone',
    )
    .argument('<customer>', "the channel's id of the customer, or a ticket number")
    .option(...CONFIG)
    .option('--shop <id>', 'this shop only')
    .option('--as <kind>', 'customer or ticket, when the digits could be both')
    .action(async (customer: string, options: PrivacyOptions) => {
      process.exitCode = await (await import('./privacy.ts'))[`${action}Customer`](customer, options);
    });

program
  .command('test')
  .description('play dialogues against the bot: what the customer says, what the bot should')
  .argument('<files...>', 'dialogue files, for example test/dialogues/tracking.yml')
  .option(...CONFIG)
  .option('--json', 'one JSON object a dialogue')
  .action(async (files: string[], options: { config?: string; json?: boolean }) => {
    process.exitCode = await (await import('./test.ts')).test(files, options);
  });

program
  .command('evaluate')
  .description('measure the model in use on messages whose intent is known (.yml or .jsonl)')
  .argument('<files...>', 'test files, for example nlu/evaluation/en.yml')
  .option(...CONFIG)
  .option('--lang <lang>', 'language of the files, when they do not say')
  .option('--json', 'print one JSON object')
  .option('--report <file>', 'write a page with the matrix and the curves')
  .action(
    async (files: string[], options: { config?: string; json?: boolean; report?: string; lang?: string }) =>
      (await import('./evaluate.ts')).evaluate(files, options),
  );

type OutboxOptions = {
  config?: string;
  state?: string;
  channel?: string;
  conversation?: string;
  limit?: string;
  all?: boolean;
};

const outbox = program
  .command('outbox')
  .description('messages that wait or were given up, as JSON lines; what to do about them');
outbox
  .command('list', { isDefault: true })
  .description('dead, unknown and pending messages with the reason, oldest first')
  .option(...CONFIG)
  .option('--state <state>', 'dead, unknown, pending or dropped')
  .option('--channel <id>', 'only of this channel')
  .option('--conversation <id>', 'only of this conversation')
  .option('--limit <count>', 'at most so many')
  .action(async (options: OutboxOptions) => (await import('./outbox.ts')).list(options));
outbox
  .command('retry')
  .description('send given-up messages again')
  .argument('[ids...]', 'message ids')
  .option(...CONFIG)
  .option('--all', 'every dead message')
  .option('--channel <id>', 'with --all: only of this channel')
  .action(async (ids: string[], options: OutboxOptions) => {
    process.exitCode = await (await import('./outbox.ts')).retry(ids, options);
  });
outbox
  .command('drop')
  .description('give messages up for good')
  .argument('[ids...]', 'message ids')
  .option(...CONFIG)
  .option('--all', 'every dead message')
  .option('--channel <id>', 'with --all: only of this channel')
  .action(async (ids: string[], options: OutboxOptions) => {
    process.exitCode = await (await import('./outbox.ts')).drop(ids, options);
  });

async function main(): Promise<void> {
  try {
    await program.parseAsync();
    // A kept-alive connection must not keep a finished command from ending.
    process.exit(process.exitCode ?? 0);
  } catch (error) {
    process.exit(explain(error));
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) say(`wismo: ${problem}`);
    return 2;
  }
  if (error instanceof InputError) {
    say(`wismo: ${error.message}`);
    return 2;
  }
  say(`wismo: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

await main();
