// A Fastify service that asks Verdict before every order it shows: node examples/guards/fastify.js [PORT] [VERDICT]
import fastify from "fastify";
import { connect, fastifyGuard } from "verdict-pdp/client";

const [port = "8080", server = "127.0.0.1:50051"] = process.argv.slice(2);
const verdict = connect(server);
const onFailure = ({ error }) => console.error(`503: ${error}`);

// Stands for your sign-in. Take the principal from a session or a verified token, never from what a caller may write.
const users = {
  alice: "arn:aws:iam::222222222222:user/people/alice",
  bob: "arn:aws:iam::222222222222:user/people/bob",
};
async function signIn(request, reply) {
  const name = String(request.headers["x-user"]);
  request.principal = Object.hasOwn(users, name) ? users[name] : undefined;
  return request.principal === undefined ? reply.code(401).send({ error: "unauthenticated" }) : undefined;
}

const orderGuard = (action) =>
  fastifyGuard(
    verdict,
    (request) => ({
      principal: request.principal,
      action,
      resource: `arn:acme:orders:eu:${request.params.tenant}:order/${request.params.id}`,
      context: { "aws:SourceIp": request.ip },
    }),
    { onFailure },
  );

// Only a proxy on this machine may say who its caller was; without this every caller has the proxy's address.
const app = fastify({ trustProxy: "loopback" });
app.decorateRequest("principal", undefined);
app.get("/:tenant/orders/:id", { preHandler: [signIn, orderGuard("orders:GetOrder")] }, async (request) => ({
  order: request.params.id,
}));
await app.listen({ host: "127.0.0.1", port: Number(port) });
console.log(`listening on 127.0.0.1:${app.server.address().port}`);
