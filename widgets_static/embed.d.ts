/**
 * Types of `embed.js`: the element `<imd-widget>` and the events that it and our frames dispatch.
 * https://www.typescriptlang.org/docs/handbook/declaration-files/introduction.html
 */

/** Each widget and what it takes; an option left out has the default of its page in the guide. */
export interface ImdWidgets {
  counter: { petition?: string };
}

export type ImdWidgetName = keyof ImdWidgets;

/** The attributes of `<imd-widget>`: a widget's name and the options of that widget alone. */
export type ImdWidgetAttributes = {
  [Name in ImdWidgetName]: { widget: Name } & ImdWidgets[Name];
}[ImdWidgetName];

/** The height of the frame's content in CSS pixels. */
export interface ImdSize {
  readonly height: number;
}

export interface ImdEvents {
  /** The widget is shown, for the first time. */
  "imd:ready": CustomEvent<ImdSize>;
  /** The height of the frame has changed. */
  "imd:resize": CustomEvent<ImdSize>;
}

declare global {
  interface HTMLElementTagNameMap {
    "imd-widget": HTMLElement;
  }
  interface HTMLElementEventMap extends ImdEvents {}
  interface DocumentEventMap extends ImdEvents {}
}
