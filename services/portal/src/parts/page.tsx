import { useEffect, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

let shownBefore = false;

/** The head of a page: names the document, and takes the focus when one came from another page. */
export function PageHead(props: {
  readonly title: ReactNode;
  /** Plain text for the tab. */
  readonly name: string;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}) {
  const { t } = useTranslation();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.name} – ${t('app')}`;
  }, [props.name, t]);
  useEffect(() => {
    // Somebody who types (in Find, say) keeps the focus.
    if (shownBefore && !document.activeElement?.matches('input, select, textarea')) {
      heading.current?.focus({ preventScroll: true });
    }
    shownBefore = true;
  }, []);
  return (
    <div className="page-head">
      <div>
        <h1 ref={heading} tabIndex={-1}>
          {props.title}
        </h1>
        {props.lead && <div className="lead">{props.lead}</div>}
      </div>
      {props.children && <div className="tools">{props.children}</div>}
    </div>
  );
}
