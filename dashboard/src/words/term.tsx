import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { GLOSSARY, type Word } from "./glossary.ts";

/** A word with its explanation behind it: on a click, or with Enter. */
export function Term({ word, children }: { word: Word; children?: ComponentChildren }) {
  const id = `term${useId()}`;
  return (
    <span class="term">
      <button type="button" class="term-word" popovertarget={id}>
        {children ?? word}
      </button>
      <span id={id} popover="auto" class="term-text" role="note">
        <b>{word}</b> {GLOSSARY[word]}
      </span>
    </span>
  );
}
