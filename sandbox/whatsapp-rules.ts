/** What WhatsApp refuses, and what a customer sees of a message that was taken. */

export type Posted = Readonly<Record<string, unknown>>;
/** `late`: the real service mostly tells it in a status, after it took the message. */
export type Failure = {
  readonly status: number;
  readonly code: number;
  readonly details: string;
  readonly late?: boolean;
};

const MOST = {
  text: 4_096,
  body: 1_024,
  footer: 60,
  buttons: 3,
  buttonTitle: 20,
  buttonId: 256,
  sections: 10,
  sectionTitle: 24,
  rows: 10,
  rowTitle: 24,
  rowId: 200,
  rowDescription: 72,
  listButton: 20,
  callbackBytes: 512,
} as const;

const object = (value: unknown): Posted =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Posted) : {};
const list = (value: unknown): readonly Posted[] => (Array.isArray(value) ? value.map(object) : []);
const wrong = (code: number, details: string): Failure => ({ status: 400, code, details });
const long = (value: unknown, most: number, least = 1): boolean =>
  typeof value !== 'string' || [...value].length > most || [...value].length < least;

/** Null when the body is well-formed. */
export function check(posted: Posted, templates: ReadonlySet<string>): Failure | null {
  if (posted['messaging_product'] !== 'whatsapp') return wrong(100, 'messaging_product must be whatsapp.');
  if (posted['status'] === 'read')
    return typeof posted['message_id'] === 'string' ? null : wrong(131_009, 'message_id is missing.');
  if (!posted['to'] && !posted['recipient']) return wrong(131_008, 'to or recipient is required.');
  const data = posted['biz_opaque_callback_data'];
  if (data !== undefined && (typeof data !== 'string' || Buffer.byteLength(data) > MOST.callbackBytes))
    return wrong(100, 'biz_opaque_callback_data is too long.');
  switch (posted['type']) {
    case 'text':
      return long(object(posted['text'])['body'], MOST.text)
        ? wrong(100, `text.body must be 1 to ${MOST.text} characters.`)
        : null;
    case 'interactive':
      return checkInteractive(object(posted['interactive']));
    case 'template':
      return checkTemplate(object(posted['template']), templates);
    default:
      return wrong(100, 'type is not supported.');
  }
}

function checkInteractive(interactive: Posted): Failure | null {
  if (long(object(interactive['body'])['text'], MOST.body))
    return wrong(131_009, `body.text must be 1 to ${MOST.body} characters.`);
  const action = object(interactive['action']);
  if (interactive['type'] === 'button') return checkButtons(list(action['buttons']));
  if (interactive['type'] === 'list') return checkList(action);
  return wrong(131_009, 'interactive.type is not supported.');
}

function checkButtons(buttons: readonly Posted[]): Failure | null {
  const replies = buttons.map((button) => object(button['reply']));
  if (buttons.length < 1 || buttons.length > MOST.buttons)
    return wrong(131_009, `There must be 1 to ${MOST.buttons} buttons.`);
  if (buttons.some((button) => button['type'] !== 'reply'))
    return wrong(131_009, 'A button must be of the type reply.');
  if (replies.some(({ title }) => long(title, MOST.buttonTitle)))
    return wrong(131_009, `A button title must be 1 to ${MOST.buttonTitle} characters.`);
  if (replies.some(({ id }) => long(id, MOST.buttonId) || String(id).trim() !== id))
    return wrong(131_009, `A button id must be 1 to ${MOST.buttonId} characters without spaces around it.`);
  for (const name of ['id', 'title'])
    if (new Set(replies.map((reply) => reply[name])).size !== replies.length)
      return wrong(131_009, `Every button needs its own ${name}.`);
  return null;
}

function checkList(action: Posted): Failure | null {
  const sections = list(action['sections']);
  const rows = sections.flatMap((section) => list(section['rows']));
  if (long(action['button'], MOST.listButton))
    return wrong(131_009, `action.button must be 1 to ${MOST.listButton} characters.`);
  if (sections.length < 1 || sections.length > MOST.sections)
    return wrong(131_009, `There must be 1 to ${MOST.sections} sections.`);
  if (sections.length > 1 && sections.some(({ title }) => long(title, MOST.sectionTitle)))
    return wrong(131_009, 'Every one of several sections needs a title.');
  if (rows.length < 1 || rows.length > MOST.rows)
    return wrong(131_009, `There must be 1 to ${MOST.rows} rows in all.`);
  for (const { id, title, description } of rows) {
    if (long(title, MOST.rowTitle))
      return wrong(131_009, `A row title must be 1 to ${MOST.rowTitle} characters.`);
    if (long(id, MOST.rowId)) return wrong(131_009, `A row id must be 1 to ${MOST.rowId} characters.`);
    if (description !== undefined && long(description, MOST.rowDescription, 0))
      return wrong(131_009, `A row description must be at most ${MOST.rowDescription} characters.`);
  }
  if (new Set(rows.map(({ id }) => id)).size !== rows.length)
    return wrong(131_009, 'Every row needs its own id.');
  return null;
}

function checkTemplate(template: Posted, templates: ReadonlySet<string>): Failure | null {
  const language = object(template['language'])['code'];
  if (!templates.has(`${String(template['name'])}/${String(language)}`))
    return wrong(132_001, 'The template does not exist in this language.');
  const parameters = list(template['components']).flatMap((component) => list(component['parameters']));
  if (parameters.length !== 1) return wrong(132_000, 'The template has one variable.');
  const text = parameters[0]?.['text'];
  if (long(text, MOST.body) || /[\n\t]| {4}/.test(String(text)))
    return wrong(132_012, 'A variable must be one line without tabs or runs of spaces.');
  return null;
}

/** What the customer reads and can press. */
export function shown(posted: Posted): {
  readonly text: string;
  readonly choices: readonly { readonly id: string; readonly title: string; readonly description?: string }[];
  readonly template: string | null;
} {
  const interactive = object(posted['interactive']);
  const action = object(interactive['action']);
  const buttons = list(action['buttons']).map((button) => object(button['reply']));
  const rows = list(action['sections']).flatMap((section) => list(section['rows']));
  const template = object(posted['template']);
  const variable = list(template['components']).flatMap((component) => list(component['parameters']))[0];
  const text = object(posted['text'])['body'] ?? object(interactive['body'])['text'] ?? variable?.['text'];
  return {
    text: typeof text === 'string' ? text : '',
    choices: [...buttons, ...rows].map(({ id, title, description }) => ({
      id: String(id),
      title: String(title),
      ...(typeof description === 'string' ? { description } : {}),
    })),
    template: typeof template['name'] === 'string' ? template['name'] : null,
  };
}
