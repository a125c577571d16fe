import type { JSX } from "preact";
import { useId } from "preact/hooks";

type PeopleSectionProps<T> = {
  title: string;
  people: readonly T[];
  children(one: T): JSX.Element;
};

/** A titled list of people; nothing at all when there are none. */
export function PeopleSection<T>(props: PeopleSectionProps<T>): JSX.Element | null {
  const id = useId();
  if (props.people.length === 0) return null;
  return (
    <section class="people" aria-labelledby={id}>
      <h3 id={id} class="people-title">{props.title}</h3>
      <ul class="people-list">{props.people.map(props.children)}</ul>
    </section>
  );
}
