/** The services of Ponte. */
export const SERVICES = ['ingress', 'deals', 'dispatcher'] as const;
export type ServiceName = (typeof SERVICES)[number];
