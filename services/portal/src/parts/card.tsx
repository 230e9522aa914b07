import { Component, useId, type ErrorInfo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

/** A titled card. What fails inside it stays inside it. */
export function Card(props: {
  readonly title: ReactNode;
  readonly aside?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={`card ${props.className ?? ''}`} aria-labelledby={id}>
      <div className="card-head">
        <h2 id={id}>{props.title}</h2>
        {props.aside}
      </div>
      <Boundary>{props.children}</Boundary>
    </section>
  );
}

/** Keeps a fault of its children to itself, with a way to try again. */
export class Boundary extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error('a part of the page failed', error, info.componentStack);
  }

  override render(): ReactNode {
    return this.state.failed ? <PartFailed again={() => this.setState({ failed: false })} /> : this.props.children;
  }
}

function PartFailed({ again }: { readonly again: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="failed" role="alert">
      <p>
        <strong>{t('failed.part')}</strong> {t('failed.rest')}
      </p>
      <button type="button" className="button" onClick={again}>
        {t('failed.again')}
      </button>
    </div>
  );
}
