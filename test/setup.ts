/** Loaded before every suite. Tests must not depend on the machine's zone or language. */
process.env['TZ'] = 'UTC';
process.env['LANG'] = 'C';
