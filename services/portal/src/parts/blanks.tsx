import { useEffect, useState } from 'react';

/** Row-shaped blanks; they appear after 200 ms, so that a quick answer does not flicker. */
export function Blanks({ rows = 4, tall = false }: { readonly rows?: number; readonly tall?: boolean }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={tall ? 'blanks tall' : 'blanks'} aria-hidden="true" data-shown={shown}>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} />
      ))}
    </div>
  );
}

/** The frame of a page whose code is still on its way. */
export const PageBlank = () => (
  <div className="card">
    <Blanks rows={6} />
  </div>
);
