/**
 * The ceiling of W1: the same HTTP server as the hooks listener, with the same raw-body parser, and a handler that does
 * nothing. A process of its own, so that it has a core as a service has. Prints its port once it listens.
 */
import Fastify from 'fastify';

const server = Fastify({ logger: false, bodyLimit: 1024 * 1024 });
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body);
});
server.post('/in/:token', (_request, reply) => reply.code(200).send({ status: 'accepted', requestId: 'none' }));
const address = await server.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${address}\n`);
process.on('SIGTERM', () => {
  void server.close();
});
