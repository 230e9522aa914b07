/** JSON values as YAML in block style (YAML 1.2, of which JSON is a part: texts that need quotes are quoted as JSON). Pure. */
export function toYaml(value: unknown): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => lines(item).map((line, i) => (i === 0 ? `- ${line}` : `  ${line}`)));
  }
  const entries =
    typeof value === 'object' && value !== null ? Object.entries(value).filter(([, item]) => item !== undefined) : [];
  if (Array.isArray(value) || entries.length === 0) return [scalar(value)];
  return entries.flatMap(([key, item]) => {
    const inner = lines(item);
    if (!isBlock(item)) return [`${scalar(key)}: ${inner[0] ?? ''}`];
    return [`${scalar(key)}:`, ...inner.map((line) => `  ${line}`)];
  });
}

const isBlock = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.values(value).some((item) => item !== undefined);

/** Words that YAML (1.1 or 1.2) would read as something else than text. */
const special = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'null';
  const plain = /^[A-Za-z$_/][A-Za-z0-9 _./$(){}|=+*-]*$/.test(value) && !special.test(value) && !value.endsWith(' ');
  return plain ? value : JSON.stringify(value);
}
