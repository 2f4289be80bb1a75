// Lighthouse for addresses that come line by line; each is answered with one line, its report.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [modules, chromePath, scheme] = process.argv.slice(2);
const from = (path) => import(pathToFileURL(`${modules}/${path}`));
const { default: lighthouse, desktopConfig } = await from("lighthouse/core/index.js");
const { launch } = await from("chrome-launcher/dist/index.js");

const flags = ["--headless=new", "--no-sandbox", "--disable-component-update"];
const dark = `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`;
const browser = await launch({ chromePath, chromeFlags: [...flags, dark] });
const terms = { port: browser.port, logLevel: "error", disableFullPageScreenshot: true };

for await (const line of createInterface({ input: process.stdin })) {
  const { address, form } = JSON.parse(line);
  const result = await lighthouse(address, terms, form === "desktop" ? desktopConfig : undefined);
  console.log(JSON.stringify(result.lhr));
}
browser.kill();
