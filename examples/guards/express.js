// An Express service that asks Verdict before every order it shows: node examples/guards/express.js [PORT] [VERDICT]
import express from "express";
import { connect, expressGuard } from "verdict-pdp/client";

const [port = "8080", server = "127.0.0.1:50051"] = process.argv.slice(2);
const verdict = connect(server, { onFailure: ({ error }) => console.error(error) });
const onFailure = ({ error }) => console.error(`503: ${error}`);

// Stands for your sign-in. Take the principal from a session or a verified token, never from what a caller may write.
const users = {
  alice: "arn:aws:iam::222222222222:user/people/alice",
  bob: "arn:aws:iam::222222222222:user/people/bob",
};
function signIn(request, response, next) {
  request.principal = Object.hasOwn(users, request.get("x-user") ?? "") ? users[request.get("x-user")] : undefined;
  if (request.principal === undefined) response.sendStatus(401);
  else next();
}

const orderGuard = (action) =>
  expressGuard(
    verdict,
    (request) => ({
      principal: request.principal,
      action,
      resource: `arn:acme:orders:eu:${request.params.tenant}:order/${request.params.id}`,
      context: { "aws:SourceIp": request.ip },
    }),
    { onFailure },
  );

const app = express();
// Only a proxy on this machine may say who its caller was; without this line every caller has the proxy's address.
app.set("trust proxy", "loopback");
app.use(signIn);
app.get("/:tenant/orders/:id", orderGuard("orders:GetOrder"), (request, response) => {
  response.json({ order: request.params.id });
});
// Many at once: one call for the whole page, and only what is allowed is shown.
const orders = ["tenant-7:order/122", "tenant-7:order/123", "tenant-9:order/77"];
app.get("/orders", async (request, response) => {
  const allowed = await verdict.areAllowed({
    defaults: { principal: request.principal, action: "orders:GetOrder", context: { "aws:SourceIp": request.ip } },
    questions: orders.map((order) => ({ resource: `arn:acme:orders:eu:${order}` })),
  });
  response.json(orders.filter((_, index) => allowed[index]));
});
const listener = app.listen(Number(port), "127.0.0.1", () => {
  console.log(`listening on 127.0.0.1:${listener.address().port}`);
});
