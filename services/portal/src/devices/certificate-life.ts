const day = 86_400_000;

/** How long a certificate is still good, and how urgent that is: warnings at 30, 7 and 1 days. */
export interface CertificateLife {
  /** Whole days left; negative when it has ended. */
  readonly days: number;
  readonly urgency: 'ended' | 'day' | 'week' | 'month' | 'none';
}

/** The life of a certificate that ends at `notAfter` (ISO), seen from `now`. */
export function certificateLife(notAfter: string, now: number): CertificateLife {
  const left = Date.parse(notAfter) - now;
  const days = Math.floor(left / day);
  const urgency = left <= 0 ? 'ended' : days < 1 ? 'day' : days < 7 ? 'week' : days < 30 ? 'month' : 'none';
  return { days, urgency };
}
