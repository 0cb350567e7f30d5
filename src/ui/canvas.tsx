import { Text, Transform } from "ink";
import type { ReactElement } from "react";
import { type Line, paint } from "./line.ts";
import type { Theme } from "./theme.ts";

/** What a canvas shows. */
export interface CanvasProps {
  /** At most `height` of them are drawn. */
  readonly lines: readonly Line[];
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

/**
 * A block of changing lines. Ink keeps every distinct text that it ever measured, so it is given blanks to measure and
 * the lines are painted when the frame is written.
 */
export function Canvas({ lines, width, height, theme }: CanvasProps): ReactElement {
  return (
    <Transform transform={(_blank, index) => paint(lines[index] ?? "", width, theme)}>
      <Text>{blanks(width, height)}</Text>
    </Transform>
  );
}

function blanks(width: number, height: number): string {
  return new Array<string>(height).fill(" ".repeat(width)).join("\n");
}
