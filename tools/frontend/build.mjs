// Builds what the pages are served with, into ../../src/commonweal/web/static. Run: npm ci && npm run build
import { compile } from "sass";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const to = new URL("../../src/commonweal/web/static/", import.meta.url);
const packages = new URL("./node_modules/", import.meta.url);
const style = compile("main.scss", { loadPaths: ["node_modules"], style: "compressed", quietDeps: true }).css;
for (const forbidden of [/GDS Transport/i, /govuk-crest/i, /crown/i]) {
  if (forbidden.test(style)) throw new Error(`the style still has ${forbidden}`);
}
writeFileSync(new URL("commonweal.css", to), `${style}\n`);
copyFileSync(new URL("htmx.org/dist/htmx.min.js", packages), new URL("htmx.min.js", to));
copyFileSync(new URL("govuk-frontend/dist/govuk/govuk-frontend.min.js", packages), new URL("govuk-frontend.min.js", to));

const read = (file) => readFileSync(new URL(file, packages), "utf8");
const version = (name) => JSON.parse(read(`${name}/package.json`)).version;
const parts = [
  `govuk-frontend ${version("govuk-frontend")}\n\n${readFileSync("mit-govuk-frontend.txt", "utf8")}`,
  `htmx.org ${version("htmx.org")}\n\n${read("htmx.org/LICENSE")}`,
];
writeFileSync(new URL("../LICENCES.txt", to) /* not served */, parts.map((part) => `${part.trim()}\n`).join("\n----\n\n"));
