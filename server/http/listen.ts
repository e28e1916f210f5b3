/** Opens and closes the port. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { ConfigError } from '../config/load.ts';

export type Address = { readonly host: string; readonly port: number };

/**
 * Returns the address.
 *
 * @throws ConfigError when the port cannot be had
 */
export async function openPort(server: Server, { host, port }: Address): Promise<string> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new ConfigError([
        `Port ${port} is in use. Stop the other program or choose another port, for example PORT=${port + 1} npm start.`,
      ]);
    if (code === 'EACCES')
      throw new ConfigError([
        `Port ${port} may not be opened by this user. Choose one above 1024 with PORT.`,
      ]);
    throw error;
  }
  const address = server.address();
  const opened = typeof address === 'object' && address ? address.port : port;
  return `http://${host === '0.0.0.0' ? 'localhost' : host}:${opened}`;
}

/** Answers what is under way, then closes. */
export async function closePort(server: Server | null): Promise<void> {
  if (!server) return;
  server.closeIdleConnections();
  const closed = once(server, 'close');
  server.close();
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  await closed;
}
