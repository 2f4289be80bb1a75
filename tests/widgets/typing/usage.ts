// What a partner writes with the types that /embed.d.ts serves; `make check` compiles it.
import type { ImdWidgetAttributes, ImdWidgetName } from "./embed";

const element = document.querySelector("imd-widget");
element?.setAttribute("theme", "dark");
element?.addEventListener("imd:ready", ({ detail }) => detail.height.toFixed());
document.addEventListener("imd:resize", (event) => event.detail.height.toFixed());
document.createElement("imd-widget").addEventListener("imd:resize", () => {});

const name: ImdWidgetName = "countdown";
const counter: ImdWidgetAttributes = { widget: "counter", petition: "convention", theme: "dark" };
const countdown: ImdWidgetAttributes = { widget: name, zone: "Africa/Nairobi", updates: "off" };

// @ts-expect-error: there is no such widget
const clock: ImdWidgetAttributes = { widget: "clock" };
// @ts-expect-error: a theme is light, dark or auto
const red: ImdWidgetAttributes = { widget: "counter", theme: "red" };
// @ts-expect-error: a zone is an option of the countdown, not of the counter
const zone: ImdWidgetAttributes = { widget: "counter", zone: "UTC" };
// @ts-expect-error: the height is told, not taken
element?.addEventListener("imd:ready", ({ detail }) => (detail.height = 1));

export { clock, countdown, counter, red, zone };
