/** The web chat page. The conversation lives on the server; the browser keeps only the token that opens it. */

const KEY = 'wismo.conversation';
const $ = (id) => document.getElementById(id);
const log = $('log');
const text = $('text');

let words = {};
let token = localStorage.getItem(KEY);
let seen = 0;
let generation = 0;
const drawn = new Set();

async function call(path, options = {}) {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const response = await fetch(path, { ...options, headers });
  if (!response.ok) throw Object.assign(new Error(`HTTP ${response.status}`), { status: response.status });
  return response.json();
}

async function openConversation() {
  token = (await call('webchat/conversations', { method: 'POST' })).token;
  localStorage.setItem(KEY, token);
}

function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

/** Text with its links made clickable; nothing else in it is markup. */
function paragraph(block) {
  const made = element('p');
  block.split(/(https:\/\/[^\s]+)/).forEach((part) => {
    if (!part.startsWith('https://')) return made.append(part);
    const link = element('a', '', part.replace(/^https:\/\/(www\.)?/, '').split(/[?#]/)[0]);
    link.href = part;
    link.target = '_blank';
    link.rel = 'noopener noreferrer';
    made.append(link);
  });
  return made;
}

function drawTimeline(entries) {
  const list = element('ol', 'timeline');
  list.setAttribute('aria-label', words.timeline);
  for (const { label, place, time, current } of entries) {
    const item = element('li', current ? 'current' : '');
    if (current) item.setAttribute('aria-current', 'step');
    item.append(element('strong', '', label), element('span', '', [place, time].filter(Boolean).join(' · ')));
    list.append(item);
  }
  return list;
}

function drawChoices(choices) {
  const group = element('div', 'choices');
  group.setAttribute('role', 'group');
  for (const choice of choices) {
    const button = element('button', '', choice.title);
    button.type = 'button';
    button.addEventListener('click', () => {
      group.remove();
      write({ choice });
    });
    group.append(button);
  }
  return group;
}

function draw({ role, body, at, id }) {
  if (id && drawn.has(id)) return;
  if (id) drawn.add(id);
  log.querySelectorAll('.choices').forEach((old) => old.remove());
  const message = element('article', `message ${role}`);
  const from = element('span', role === 'agent' ? 'from' : 'visually-hidden', words[role] ?? role);
  message.append(
    from,
    ...String(body.text)
      .split(/\n{2,}/)
      .map(paragraph),
  );
  if (body.timeline) message.append(drawTimeline(body.timeline));
  const time = element(
    'time',
    '',
    new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' }),
  );
  time.dateTime = new Date(at).toISOString();
  message.append(time);
  log.append(message);
  if (body.choices) log.append(drawChoices(body.choices));
  log.scrollTop = log.scrollHeight;
}

function showControl(control) {
  $('status').textContent =
    words[control === 'human' ? 'with_person' : control === 'waiting' ? 'waiting' : 'with_bot'] ?? '';
}

function showProblem(message) {
  $('problem').hidden = !message;
  $('problem').textContent = message ?? '';
}

let typingTimer;
function showTyping(on) {
  clearTimeout(typingTimer);
  $('typing').hidden = !on;
  if (on) typingTimer = setTimeout(() => showTyping(false), 15000);
}

async function write(message) {
  const id = crypto.randomUUID();
  draw({ role: 'customer', body: { text: message.text ?? message.choice.title }, at: Date.now(), id });
  showTyping(true);
  for (let attempt = 0; attempt < 5; attempt += 1) {
    try {
      if (!token) await openConversation();
      await call('webchat/messages', { method: 'POST', body: JSON.stringify({ id, ...message }) });
      showProblem(null);
      return;
    } catch (error) {
      if (error.status === 401) token = null;
      showProblem(words.offline);
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
    }
  }
  showTyping(false);
}

async function listen(own) {
  let wait = false;
  while (own === generation) {
    try {
      if (token) {
        const { entries, control, lang } = await call(
          `webchat/messages?after=${seen}${wait ? '&wait=1' : ''}`,
        );
        if (own !== generation) return;
        wait = true;
        if (lang && lang !== document.documentElement.lang) await loadWords(lang);
        showControl(control);
        for (const entry of entries) {
          seen = Math.max(seen, entry.seq);
          if (entry.role !== 'customer') showTyping(false);
          draw(entry);
        }
        showProblem(null);
        if (entries.length === 0) await new Promise((resolve) => setTimeout(resolve, 250));
      } else {
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    } catch (error) {
      if (error.status === 401) token = null;
      else showProblem(words.offline);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

async function loadWords(lang) {
  words = await call(`webchat/words${lang ? `?lang=${encodeURIComponent(lang)}` : ''}`);
  document.documentElement.lang = words.lang;
  document.title = words.title;
  $('title').textContent = words.title;
  $('restart').textContent = words.restart;
  $('text-label').textContent = words.placeholder;
  text.placeholder = words.placeholder;
  $('send').setAttribute('aria-label', words.send);
  $('typing-words').textContent = words.typing;
}

function begin() {
  generation += 1;
  seen = 0;
  drawn.clear();
  log.replaceChildren();
  showControl('bot');
  draw({ role: 'bot', body: { text: words.welcome }, at: Date.now() });
  listen(generation);
}

$('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const written = text.value.trim();
  if (!written) return;
  text.value = '';
  text.style.height = '';
  write({ text: written });
});

text.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $('composer').requestSubmit();
});

text.addEventListener('input', () => {
  text.style.height = '';
  text.style.height = `${text.scrollHeight}px`;
});

$('restart').addEventListener('click', () => {
  localStorage.removeItem(KEY);
  token = null;
  begin();
  text.focus();
});

await loadWords();
begin();
text.focus();
