/** `all`: everything; `web`: takes messages in; `work`: answers them; `terminal`: one conversation in the terminal. */
export type Role = 'all' | 'web' | 'work' | 'terminal';
